import { expect, test } from "vitest";
import { bytesKept } from "../../support/growth.ts";

// A drain makes two AbortControllers, and each reader one: fewer calls, and wider bounds.
const kept = bytesKept(new URL("growth.ts", import.meta.url), {
  raceShared: 40_000,
  abortRaceOfShared: 40_000,
  anyShared: 40_000,
  abortShared: 40_000,
  waitShared: 40_000,
  groupOnSharedSignal: 40_000,
  mapOnSharedSignal: 40_000,
  timeoutOnSharedSignal: 40_000,
  drainBusy: 20_000,
  readersOnSharedSignal: 5_000,
  platformRace: 10_000,
});

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
] as const)("%s keeps nothing of 40,000 calls", (_, name) => {
  expect(kept[name]).toBeLessThan(8);
});

test("drain() of a background that is never idle keeps nothing of 20,000 calls", () => {
  expect(kept.drainBusy).toBeLessThan(40);
});

test("timeout(), gather(), race(), mapConcurrent() and taskGroup() keep nothing of 5,000 tasks that listen to their own signals, on one signal that never aborts", () => {
  expect(kept.readersOnSharedSignal).toBeLessThan(80);
});

test("the measure sees what Promise.race keeps of each call", () => {
  expect(kept.platformRace).toBeGreaterThan(100);
});
