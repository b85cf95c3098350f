import { expect, test } from "vitest";
import { bytesKept } from "../../support/growth.ts";

// Each of the last two makes an AbortController: fewer calls, and a wider bound.
const kept = bytesKept(new URL("growth.ts", import.meta.url), {
  retryOnSharedSignal: 40_000,
  countInTimeWindow: 40_000,
  abortHedgeOfShared: 20_000,
  abortHedgeByItsTask: 20_000,
});

test("retry() on one signal that never aborts keeps nothing of 40,000 calls", () => {
  expect(kept.retryOnSharedSignal).toBeLessThan(8);
});

test("a timeWindow keeps its ten slices, and nothing of each of 40,000 calls", () => {
  expect(kept.countInTimeWindow).toBeLessThan(8);
});

test.each([
  ["aborted by its caller", "abortHedgeOfShared"],
  ["aborted by its task as it starts", "abortHedgeByItsTask"],
] as const)(
  "hedge() of one shared promise that never settles, %s, keeps nothing of 20,000 calls",
  (_, name) => {
    expect(kept[name]).toBeLessThan(40);
  },
);
