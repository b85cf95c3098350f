import { AdaptiveLimiter, TimeoutError, type AdaptiveLimiterOptions } from "yieldpoint";
import { describe, expect, test } from "vitest";
import { Backend, load, Simulation } from "./backend.ts";

/** A service under as much load as its limiter lets in, until it is disposed of. */
function loaded(
  capacity: number,
  options: AdaptiveLimiterOptions = {},
  call: (backend: Backend, time: Simulation) => Promise<unknown> = (backend) => backend.call(),
  clients = 450,
) {
  const time = new Simulation();
  const backend = new Backend(time, capacity);
  /** The limits that it takes on, one for each change. */
  const limits: number[] = [];
  const limiter = new AdaptiveLimiter({ ...options, onLimitChange: ({ to }) => limits.push(to) });
  const stop = load(limiter, clients, () => call(backend, time));
  return {
    time,
    backend,
    limits,
    limiter,
    [Symbol.dispose]() {
      stop();
      time[Symbol.dispose]();
    },
  };
}

/** What the limit comes to rest at for a service of n, by the algorithm: limit = 1.1 n + sqrt(limit). */
function rest(n: number): number {
  return Math.floor(((1 + Math.sqrt(1 + 4.4 * n)) / 2) ** 2);
}

describe("AdaptiveLimiter finds the limit", () => {
  test.each([
    { n: 1, initial: 20 },
    { n: 5, initial: 1 },
    { n: 10, initial: 20 },
    { n: 10, initial: 300 },
    { n: 50, initial: 1 },
    { n: 100, initial: 20 },
    { n: 100, initial: 400 },
  ])("of a service for $n at once from $initial", async ({ n, initial }) => {
    using at = loaded(n, { initial });
    // The more there are at once, the longer each takes.
    await at.time.advance(10_000 + (5_000 * initial) / n);
    expect(at.limiter.stats().baseline).toBe(50);
    // It has come to rest. After a measurement the permits that are free again are taken all at once, which lets in more for a moment.
    at.limits.splice(0, Infinity, at.limiter.stats().limit);
    await at.time.advance(10_000);
    expect(Math.min(...at.limits)).toBeGreaterThanOrEqual(n);
    expect(Math.max(...at.limits)).toBeLessThanOrEqual(rest(n) + Math.sqrt(n) + 2);
  });

  test("of a service whose latency wavers", async () => {
    using at = loaded(30);
    let state = 1;
    // From 0 to 50 ms on top of 50.
    at.backend.noise = () => (state = (state * 16_807) % 2_147_483_647) % 51;
    await at.time.advance(20_000);
    at.limits.length = 0;
    await at.time.advance(20_000);
    expect(Math.min(...at.limits)).toBeGreaterThan(25);
    expect(Math.max(...at.limits)).toBeLessThan(70);
  });

  test("and keeps the service busy meanwhile", async () => {
    using at = loaded(20);
    await at.time.advance(10_000);
    at.backend.calls = 0;
    await at.time.advance(10_000);
    // It serves 20 in each 50 ms, which is 4,000 in all.
    expect(at.backend.calls).toBeGreaterThan(3_800);
  });

  test("follows a service that can do less, and more again", async () => {
    using at = loaded(50);
    for (const capacity of [50, 10, 50]) {
      at.backend.capacity = capacity;
      await at.time.advance(10_000);
      expect(at.limiter.stats().limit).toBeGreaterThanOrEqual(capacity);
      expect(at.limiter.stats().limit).toBeLessThanOrEqual(rest(capacity) + 1);
    }
  });

  test("recovers when a service is slower for all from now on, and when it is fast again", async () => {
    using at = loaded(30);
    for (const base of [50, 250, 50]) {
      at.backend.base = base;
      await at.time.advance(60_000);
      expect(at.limiter.stats().baseline).toBe(base);
      expect(at.limiter.stats().limit).toBeGreaterThanOrEqual(30);
      expect(at.limiter.stats().limit).toBeLessThanOrEqual(rest(30) + 1);
    }
  });

  test("recovers from an outage of timeouts", async () => {
    let down = false;
    using at = loaded(30, {}, async (backend, time) => {
      if (!down) return backend.call();
      await time.sleep(500);
      throw new TimeoutError(500);
    });
    await at.time.advance(10_000);
    down = true;
    await at.time.advance(30_000);
    expect(at.limiter.stats().limit).toBeLessThan(6);
    down = false;
    await at.time.advance(30_000);
    expect(at.limiter.stats().limit).toBeGreaterThanOrEqual(30);
    expect(at.limiter.stats().limit).toBeLessThanOrEqual(rest(30) + 1);
  });

  test("of a service that turns away what it cannot serve", async () => {
    const isOverload = (error: unknown): boolean => (error as { status?: number }).status === 503;
    using at = loaded(20, { initial: 100, isOverload }, (backend) => backend.callOrShed({ status: 503 }));
    await at.time.advance(20_000);
    expect(at.limiter.stats().limit).toBeGreaterThanOrEqual(15);
    expect(at.limiter.stats().limit).toBeLessThanOrEqual(40);
  });

  test("never goes beyond `min` and `max`", async () => {
    let down = false;
    using at = loaded(1_000, { min: 8, max: 30 }, async (backend) => {
      await backend.call();
      if (down) throw new TimeoutError(50);
    });
    await at.time.advance(2_000);
    expect(at.limiter.stats().limit).toBe(30);
    expect(at.backend.peak).toBe(30);
    down = true;
    await at.time.advance(2_000);
    expect(at.limiter.stats()).toMatchObject({ limit: 8, permits: 8 });
    expect(at.limits.filter((limit) => limit < 8 || limit > 30)).toEqual([]);
  });

  test("a higher tolerance lets more queue up in the service", async () => {
    using at = loaded(20, { tolerance: 2 });
    await at.time.advance(20_000);
    expect(at.limiter.stats().limit).toBeGreaterThan(40);
    expect(at.limiter.stats().limit).toBeLessThan(60);
  });
});

test.each([2, 3])("AdaptiveLimiter reaches a limit that no number of weights of %i fills", async (weight) => {
  using time = new Simulation();
  const limiter = new AdaptiveLimiter({ min: weight });
  const work = (): Promise<void> => limiter.execute(() => time.sleep(10), { weight });
  for (let n = 0; n < 5_000; n++) void work();
  await time.advance(1_000);
  expect(limiter.stats().limit).toBeGreaterThan(80);
});

describe("AdaptiveLimiter is not misled", () => {
  test("a limit that is not reached does not grow", async () => {
    using at = loaded(1_000, { initial: 20 }, undefined, 19);
    await at.time.advance(60_000);
    expect(at.limits).toEqual([]);
    // One more reaches it.
    const stop = load(at.limiter, 1, () => at.backend.call());
    await at.time.advance(200);
    expect(at.limits[0]).toBe(24);
    stop();
  });

  test("calls that are slow now and then hardly change anything", async () => {
    using at = loaded(50);
    await at.time.advance(10_000);
    const { limit } = at.limiter.stats();
    at.limits.length = 0;
    let calls = 0;
    // Less than one in each window.
    at.backend.noise = () => (++calls % 100 === 0 ? 5_000 : 0);
    await at.time.advance(20_000);
    // The slow ones hold some permits.
    expect(Math.min(limit, ...at.limits)).toBeGreaterThanOrEqual(limit - 5);
  });

  test("one pause of the service, slow for all, at most halves the limit", async () => {
    using at = loaded(50);
    await at.time.advance(10_000);
    const { limit } = at.limiter.stats();
    at.limits.length = 0;
    at.backend.noise = () => 2_000;
    await at.time.advance(60);
    at.backend.noise = () => 0;
    await at.time.advance(4_000);
    expect(Math.min(...at.limits)).toBeGreaterThanOrEqual(Math.floor(limit / 2));
    await at.time.advance(10_000);
    expect(at.limiter.stats().limit).toBeGreaterThanOrEqual(50);
  });

  test("failures that mean no overload tell nothing, however fast or slow", async () => {
    let calls = 0;
    using at = loaded(1, {}, async (_, time) => {
      await time.sleep(++calls % 2 ? 1 : 5_000);
      throw new Error("404");
    });
    await at.time.advance(60_000);
    expect(at.limits).toEqual([]);
    expect(at.limiter.stats()).toMatchObject({ limit: 20, latency: undefined, baseline: Infinity });
  });

  test("what began before a change of the limit tells nothing of what came of it", async () => {
    using time = new Simulation();
    const limiter = new AdaptiveLimiter({ initial: 20 });
    const call = (ms: number, count: number): void => {
      for (let n = 0; n < count; n++) void limiter.execute(() => time.sleep(ms));
    };
    call(10, 20);
    await time.advance(10);
    expect(limiter.stats().limit).toBe(24);
    // It measures at a low load now.
    call(1_000, 8);
    expect(limiter.stats()).toMatchObject({ permits: 8, held: 8 });
    limiter.resize(40);
    await time.advance(1_000);
    // As many as make a window, but of the one before.
    call(1_000, 32);
    await time.advance(1_000);
    expect(limiter.stats().latency).toBe(10);
  });
});
