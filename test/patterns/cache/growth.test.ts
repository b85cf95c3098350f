import { expect, test } from "vitest";
import { bytesKept } from "../../support/growth.ts";

// The last four make an AbortController each: fewer calls, and a wider bound.
const kept = bytesKept(new URL("growth.ts", import.meta.url), {
  flightOnSharedSignal: 40_000,
  getOnSharedSignal: 40_000,
  abandonFlight: 20_000,
  abandonAtStart: 20_000,
  leaveBusyFlight: 20_000,
  abandonLoad: 20_000,
});

// A kept caller is 200 bytes and more; what the heap itself varies by is spread over the calls.
test.each([
  [8, "singleFlight() on one signal that never aborts", "flightOnSharedSignal"],
  [8, "AsyncCache.get() on one signal that never aborts", "getOnSharedSignal"],
  [40, "singleFlight(), given up while it waits for one shared promise,", "abandonFlight"],
  [40, "singleFlight(), given up by its own run, which gives one shared promise,", "abandonAtStart"],
  [40, "singleFlight(), given up by one while another waits,", "leaveBusyFlight"],
  [40, "AsyncCache.get(), given up while it waits for one shared promise,", "abandonLoad"],
] as const)("less than %i bytes a call: %s keeps nothing", (most, _, name) => {
  expect(kept[name]).toBeLessThan(most);
});
