import * as fc from "fast-check";
import { test } from "vitest";
import { Mutex, ReadWriteLock } from "yieldpoint";
import { followModel, turnsOf, type Lock } from "./lock-model.ts";

test("Mutex does what its model does, one step a turn or several", async () => {
  const turns = turnsOf(fc.constant("holder" as const), fc.integer({ min: -1, max: 1 }));
  const property = fc.asyncProperty(turns, async (given) => {
    const mutex = new Mutex();
    const lock: Lock<"holder"> = {
      ask: ({ priority }, signal) => mutex.acquire({ priority, signal }),
      stats: () => mutex.stats(),
      expected: (inside, waiting) => ({ locked: inside.length === 1, waiting }),
    };
    await followModel(lock, (inside) => inside.length === 0, given);
  });
  await fc.assert(property, { seed: 30_101, numRuns: 300 });
});

test("ReadWriteLock does what its model does, one step a turn or several", async () => {
  const turns = turnsOf(fc.constantFrom("read" as const, "read" as const, "write" as const), fc.constant(0));
  const property = fc.asyncProperty(turns, async (given) => {
    const rw = new ReadWriteLock();
    const lock: Lock<"read" | "write"> = {
      ask: ({ kind }, signal) => rw[kind]({ signal }),
      stats: () => rw.stats(),
      expected: (inside, waiting) => ({
        readers: inside.filter((kind) => kind === "read").length,
        writing: inside.includes("write"),
        waiting,
      }),
    };
    const getOn = (inside: readonly string[], next: string): boolean =>
      next === "write" ? inside.length === 0 : !inside.includes("write");
    await followModel(lock, getOn, given);
  });
  await fc.assert(property, { seed: 30_102, numRuns: 300 });
});
