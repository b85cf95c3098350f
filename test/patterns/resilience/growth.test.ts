import { expect, test } from "vitest";
import { bytesKept } from "../../support/growth.ts";

const module = new URL("growth.ts", import.meta.url);
const minute = 60_000;

test(
  "retry() on one signal that never aborts keeps nothing of 100,000 calls",
  async () => {
    expect(await bytesKept(module, "retryOnSharedSignal", 100_000)).toBeLessThan(8);
  },
  minute,
);

test(
  "a timeWindow keeps its ten slices, and nothing of each of 100,000 calls",
  async () => {
    expect(await bytesKept(module, "countInTimeWindow", 100_000)).toBeLessThan(8);
  },
  minute,
);

// Each of these calls makes an AbortController: fewer calls, and a wider bound.
test.each([
  ["aborted by its caller", "abortHedgeOfShared"],
  ["aborted by its task as it starts", "abortHedgeByItsTask"],
])(
  "hedge() of one shared promise that never settles, %s, keeps nothing of 40,000 calls",
  async (_, name) => {
    expect(await bytesKept(module, name, 40_000)).toBeLessThan(40);
  },
  minute,
);
