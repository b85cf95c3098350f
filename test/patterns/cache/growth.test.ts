import { expect, test } from "vitest";
import { bytesKept } from "../../support/growth.ts";

const module = new URL("growth.ts", import.meta.url);

// A kept caller is 200 bytes and more; what the heap itself varies by is spread over the calls. The last four make an
// AbortController each: fewer calls, and a wider bound.
test.each([
  [100_000, 8, "singleFlight() on one signal that never aborts", "flightOnSharedSignal"],
  [100_000, 8, "AsyncCache.get() on one signal that never aborts", "getOnSharedSignal"],
  [40_000, 40, "singleFlight(), given up while it waits for one shared promise,", "abandonFlight"],
  [40_000, 40, "singleFlight(), given up by its own run, which gives one shared promise,", "abandonAtStart"],
  [40_000, 40, "singleFlight(), given up by one while another waits,", "leaveBusyFlight"],
  [40_000, 40, "AsyncCache.get(), given up while it waits for one shared promise,", "abandonLoad"],
])(
  "of %i calls, less than %i bytes each: %s keeps nothing",
  { timeout: 60_000 },
  async (calls, most, _, name) => {
    expect(await bytesKept(module, name, calls)).toBeLessThan(most);
  },
);
