import { expect, test } from "vitest";
import { bytesKept } from "../../support/growth.ts";

const module = new URL("growth.ts", import.meta.url);
const minute = 60_000;

// A kept reaction is 300 bytes and more; what the heap itself varies by is spread over the calls.
test.each([
  ["race() of one shared promise that never settles", "raceShared"],
  ["race() of one shared promise that is aborted by the task that gives it", "abortRaceOfShared"],
  ["any() of one shared promise that never settles", "anyShared"],
  ["abortable() of one shared promise that never settles", "abortShared"],
  ["wait() for one shared promise that never settles", "waitShared"],
  ["taskGroup() on one signal that never aborts", "groupOnSharedSignal"],
  ["mapConcurrent() on one signal that never aborts", "mapOnSharedSignal"],
  ["timeout() on one signal that never aborts", "timeoutOnSharedSignal"],
])(
  "%s keeps nothing of 100,000 calls",
  async (_, name) => {
    expect(await bytesKept(module, name, 100_000)).toBeLessThan(8);
  },
  minute,
);

// Each of these calls makes two AbortControllers: fewer calls, and a wider bound.
test(
  "drain() of a background that is never idle keeps nothing of 40,000 calls",
  async () => {
    expect(await bytesKept(module, "drainBusy", 40_000)).toBeLessThan(40);
  },
  minute,
);

test(
  "timeout(), gather(), race(), mapConcurrent() and taskGroup() keep nothing of 10,000 tasks that listen to their own signals, on one signal that never aborts",
  async () => {
    expect(await bytesKept(module, "readersOnSharedSignal", 10_000)).toBeLessThan(80);
  },
  minute,
);

test(
  "the measure sees what Promise.race keeps of each call",
  async () => {
    expect(await bytesKept(module, "platformRace", 20_000)).toBeGreaterThan(100);
  },
  minute,
);
