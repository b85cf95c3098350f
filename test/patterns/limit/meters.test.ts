import { expect, test } from "vitest";
import { slidingWindow, tokenBucket } from "../../../src/patterns/limit/meters.ts";
import { bytesKeptBy } from "../../support/heap.ts";

test("a sliding window counts what was granted in the last interval, over thousands of grants", () => {
  const interval = 100;
  const meter = slidingWindow(1_000_000, interval);
  const grants: { at: number; cost: number }[] = [];
  for (let now = 0; now < 6_000; now += 3) {
    const cost = 1 + ((now * 7) % 11);
    expect(meter.take(cost, now)).toBe(true);
    grants.push({ at: now, cost });
    if (now % 5 > 0) continue;
    const recent = grants.filter(({ at }) => now - at < interval);
    expect(meter.used(now)).toBe(recent.reduce((sum, each) => sum + each.cost, 0));
  }
  expect(meter.used(1_000_000)).toBe(0);
});

test("a sliding window forgets what was granted before the last interval", async () => {
  const meter = slidingWindow(10, 10);
  const kept = await bytesKeptBy(() => {
    for (let now = 0; now < 300_000; now++) meter.take(1, now);
  });
  expect(kept).toBeLessThan(1_000_000);
  expect(meter.used(300_000)).toBe(9);
});

test("a sliding window remembers what was granted at one time as one grant", async () => {
  const meter = slidingWindow(1_000_000, 10);
  const kept = await bytesKeptBy(() => {
    for (let grant = 0; grant < 300_000; grant++) meter.take(1, 5);
  });
  expect(kept).toBeLessThan(1_000_000);
  expect(meter.used(5)).toBe(300_000);
});

test("a token bucket of an interval beyond all numbers gives its burst, and nothing after it", () => {
  const meter = tokenBucket(2, Number.MAX_VALUE, 2);
  expect([meter.take(1, 0), meter.take(1, 1), meter.take(1, 1e9)]).toStrictEqual([true, true, false]);
  expect(meter.used(1e9)).toBe(2);
});
