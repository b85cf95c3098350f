import { moveOnAfter, timeout, TimeoutError } from "yieldpoint";
import { expect, test } from "vitest";
import { bytesKeptBy } from "../../support/heap.ts";

const shared = new Promise<never>(() => {});

/** Calls of one deadline share a timer, so that a thousand of them take a millisecond or two. */
async function letGo(start: () => Promise<unknown>, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await Promise.allSettled(Array.from({ length: 1_000 }, start));
  }
}

test.each([
  { name: "timeout()", start: (): Promise<unknown> => timeout(() => shared, 1) },
  { name: "moveOnAfter()", start: (): Promise<unknown> => moveOnAfter(() => shared, 1) },
  {
    name: "timeout() that is aborted",
    start: (): Promise<unknown> => {
      const controller = new AbortController();
      const waiting = timeout(() => shared, 1_000, controller);
      controller.abort(null);
      return waiting;
    },
  },
])("$name keeps nothing of calls that let go of one shared promise that never settles", async ({ start }) => {
  await letGo(start, 2);
  const calls = 20_000;
  expect((await bytesKeptBy(() => letGo(start, calls / 1_000))) / calls).toBeLessThan(50);
});

test.each([
  { end: "value", settled: "late" },
  { end: "failure", settled: new Error("late") },
])("timeout() of a promise that others have let go of gives its $end", async ({ end, settled }) => {
  let settle = (): void => {};
  const promise = new Promise<unknown>((resolve, reject) => {
    settle = () => (end === "value" ? resolve(settled) : reject(settled));
  });
  const outcome = (ms: number): Promise<unknown> =>
    timeout(() => promise, ms).catch((error: unknown) => error);
  expect(await outcome(1)).toBeInstanceOf(TimeoutError);
  const both = [outcome(60_000), outcome(Infinity)];
  settle();
  expect(await Promise.all(both)).toStrictEqual([settled, settled]);
  // It has settled, and is no longer shared.
  expect(await outcome(60_000)).toBe(settled);
});
