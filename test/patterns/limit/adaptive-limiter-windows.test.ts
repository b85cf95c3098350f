import { AdaptiveLimiter, TimeoutError } from "yieldpoint";
import { expect, test } from "vitest";
import { rejection } from "../../support/waiting.ts";
import { Simulation } from "./backend.ts";

/** So many calls make a window, as long as no more than that are let in. */
const size = 20;

/** One call after the other, each of which takes that long; Infinity stands for one that fails for overload. */
async function call(limiter: AdaptiveLimiter, time: Simulation, latencies: readonly number[]): Promise<void> {
  for (const ms of latencies) {
    const task = (): void => {
      if (ms === Infinity) throw new TimeoutError(1);
      time.now += ms;
    };
    if (ms === Infinity) await rejection(limiter.execute(task));
    else await limiter.execute(task);
  }
}

/** A window of calls that all take as long. */
const calls = (ms: number): number[] => Array.from({ length: size }, () => ms);

test("AdaptiveLimiter goes by the median latency of a window, whatever the order of its calls", async () => {
  using time = new Simulation();
  const limiter = new AdaptiveLimiter();
  const latencies = calls(1);
  latencies[size / 2] = 100;
  await call(limiter, time, latencies);
  expect(limiter.stats().latency).toBe(1);
});

test("AdaptiveLimiter keeps its baseline when nothing is served in the window that measures it", async () => {
  using time = new Simulation();
  const limiter = new AdaptiveLimiter();
  await call(limiter, time, [...calls(10), ...calls(10)]);
  expect(limiter.stats().baseline).toBe(10);
  await call(limiter, time, calls(10));
  // Half the permits: it measures.
  expect(limiter.stats().permits).toBeLessThan(limiter.stats().limit);
  await call(limiter, time, calls(Infinity));
  expect(limiter.stats()).toMatchObject({ latency: Infinity, baseline: 10 });
});

test.each([
  { second: 5, soon: true },
  { second: 6, soon: false },
])(
  "AdaptiveLimiter with a tolerance of 2 whose baseline goes from 10 to $second ms measures again soon: $soon",
  async ({ second, soon }) => {
    using time = new Simulation();
    const limiter = new AdaptiveLimiter({ tolerance: 2 });
    await call(limiter, time, [...calls(10), ...calls(10), ...calls(10), ...calls(second)]);
    expect(limiter.stats().baseline).toBe(second);
    await call(limiter, time, calls(second));
    const { permits, limit } = limiter.stats();
    expect(permits < limit).toBe(soon);
  },
);

test("AdaptiveLimiter adapts from a limit that was set without end, and keeps no more than 1,000 latencies", async () => {
  using time = new Simulation();
  const limiter = new AdaptiveLimiter({ max: Infinity });
  limiter.resize(Infinity);
  const { limit } = limiter.stats();
  expect(limit).toBeGreaterThan(1e9);
  const latencies = Array.from({ length: 999 }, () => Infinity);
  await call(limiter, time, latencies);
  expect(limiter.stats().latency).toBeUndefined();
  await call(limiter, time, [Infinity]);
  expect(limiter.stats().latency).toBe(Infinity);
  expect(limiter.stats().limit).toBeLessThan(0.51 * limit);
});
