import { expect, test } from "vitest";
import { bytesKept } from "../../support/growth.ts";

const module = new URL("growth.ts", import.meta.url);
const minute = 60_000;

// A kept reaction is 300 bytes and more; what the heap itself varies by is spread over the calls.
test.each([
  ["race() of one shared promise that never settles", "raceShared"],
  ["any() of one shared promise that never settles", "anyShared"],
  ["abortable() of one shared promise that never settles", "abortShared"],
  ["timeout() on one signal that never aborts", "timeoutOnSharedSignal"],
])(
  "%s keeps nothing of 200,000 calls",
  async (_, name) => {
    expect(await bytesKept(module, name, 200_000)).toBeLessThan(8);
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
