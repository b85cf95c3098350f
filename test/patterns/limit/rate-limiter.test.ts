import { describe, expect, expectTypeOf, test, vi } from "vitest";
import {
  QueueFullError,
  RateLimiter,
  RateLimitError,
  sleep,
  type Policy,
  type RateLimiterOptions,
  type RateLimiterStats,
  type SlidingWindowOptions,
} from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { flush, rejection } from "../../support/waiting.ts";
import { line } from "./granted.ts";

const both: [name: string, options: RateLimiterOptions][] = [
  ["sliding-window", { algorithm: "sliding-window", limit: 2, interval: 100 }],
  ["token-bucket", { algorithm: "token-bucket", limit: 2, interval: 100 }],
];

describe.each(both)("RateLimiter, %s:", (_name, options) => {
  test("the limit holds on the clock that it measures where timers fire early", async () => {
    using clock = virtualTime();
    using _ = earlyTimers();
    const { granted, join } = line(new RateLimiter({ ...options, limit: 1 }));
    for (const name of ["a", "b", "c"]) join(name);
    await clock.advance(500);
    expect(granted).toEqual([
      ["a", 0],
      ["b", 100],
      ["c", 200],
    ]);
  });

  test("there is one timer, and only while somebody waits", async () => {
    using clock = virtualTime();
    const { join } = line(new RateLimiter(options));
    join("a");
    join("b");
    expect(clock.pending).toHaveLength(0);
    for (let n = 0; n < 100; n++) join("more");
    expect(clock.pending).toHaveLength(1);
    await clock.advance(130);
    expect(clock.pending).toHaveLength(1);
    await clock.advance(10_000);
    expect(clock.pending).toHaveLength(0);
  });

  test("execute() runs each task when its turn comes, and gives its value", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ ...options, limit: 1 });
    const all = Promise.all([1, 2].map((n) => limiter.execute(async () => [n, performance.now()])));
    expect(await clock.run(() => all)).toEqual([
      [1, 0],
      [2, 100],
    ]);
  });

  test("a task that runs long holds nobody up", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ ...options, limit: 1 });
    void limiter.execute(() => sleep(10_000));
    const next = observe(limiter.execute(() => "next"));
    await clock.advance(100);
    expect(next).toMatchObject({ value: "next", at: 100 });
  });

  test("tryAcquire() never overtakes one who waits, not even where it would fit", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter(options);
    await limiter.acquire();
    const heavy = observe(limiter.acquire({ cost: 2 }));
    expect(limiter.stats()).toEqual({ available: 1, used: 1, waiting: 1 });
    expect(limiter.tryAcquire()).toBe(false);
    await clock.advance(100);
    expect(heavy.status).toBe("fulfilled");
  });

  test("one more than maxQueue is refused with QueueFullError, and not called", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ ...options, maxQueue: 1 });
    limiter.tryAcquire(2);
    const waiting = observe(limiter.acquire());
    let called = false;
    const error = await rejection(limiter.execute(() => void (called = true)));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({ message: "RateLimiter: the queue is full, 1 may wait" });
    await clock.advance(100);
    expect([waiting.status, called]).toEqual(["fulfilled", false]);
  });

  test("with maxQueue 0 a caller who need not wait gets in", async () => {
    using _ = virtualTime();
    const limiter = new RateLimiter({ ...options, maxQueue: 0 });
    expect(await limiter.execute(() => "in")).toBe("in");
    expect(await limiter.execute(() => "again")).toBe("again");
    expect(await rejection(limiter.acquire())).toBeInstanceOf(QueueFullError);
  });

  test("maxWait: who would have to wait longer is refused at once, with the time to wait", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter(options);
    limiter.tryAcquire(2);
    await clock.advance(30);
    const error = await rejection(limiter.acquire({ cost: 2, maxWait: 69 }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({
      name: "RateLimitError",
      code: "ERR_RATE_LIMITED",
      retryAfter: 70,
      message: "RateLimiter: the wait would be 70 ms, more than maxWait (69 ms)",
    });
    expect(limiter.stats().waiting).toBe(0);
    expect(clock.pending).toEqual([]);
    const patient = observe(limiter.acquire({ cost: 2, maxWait: 70 }));
    await clock.advance(70);
    expect(patient).toMatchObject({ status: "fulfilled", at: 100 });
  });

  test("maxWait counts those who wait before it", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter(options);
    limiter.tryAcquire(2);
    const before = [observe(limiter.acquire({ cost: 2 })), observe(limiter.acquire({ cost: 2 }))];
    expect(await rejection(limiter.acquire({ cost: 2, maxWait: 299 }))).toMatchObject({ retryAfter: 300 });
    const last = observe(limiter.acquire({ cost: 2, maxWait: 300 }));
    await clock.advance(300);
    expect([...before, last].map((each) => each.at)).toEqual([100, 200, 300]);
  });

  test("maxWait 0 lets in who need not wait, and refuses the others", async () => {
    using _ = virtualTime();
    const limiter = new RateLimiter({ ...options, maxQueue: 0 });
    await limiter.acquire({ maxWait: 0, cost: 2 });
    expect(await rejection(limiter.execute(() => 1, { maxWait: 0 }))).toBeInstanceOf(RateLimitError);
  });

  test("nothing runs synchronously in the stack of the timer or of another caller", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter(options);
    limiter.tryAcquire(2);
    const controller = new AbortController();
    const heavy = rejection(limiter.acquire({ cost: 2, signal: controller.signal }));
    await clock.advance(50);
    let started = false;
    const light = observe(limiter.execute(() => void (started = true)));
    await clock.advance(49);
    controller.abort();
    expect(started).toBe(false);
    await heavy;
    await clock.advance(1);
    expect([started, light.status]).toEqual([true, "fulfilled"]);
  });

  test("a change of the wall clock neither ends an interval nor prolongs it", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter(options);
    expect(limiter.tryAcquire(2)).toBe(true);
    const wall = vi.spyOn(Date, "now").mockReturnValue(Number.MAX_SAFE_INTEGER);
    const waiting = observe(limiter.acquire({ cost: 2 }));
    expect(limiter.stats()).toEqual({ available: 0, used: 2, waiting: 1 });
    wall.mockReturnValue(0);
    await clock.advance(100);
    expect(waiting).toMatchObject({ status: "fulfilled", at: 100 });
  });

  test("a sync throw is a rejection, and `throw undefined` stays one", async () => {
    using _ = virtualTime();
    const limiter = new RateLimiter(options);
    const thrown = limiter.execute(() => {
      throw undefined;
    });
    expect(await rejection(thrown)).toBeUndefined();
    expect(await rejection(limiter.execute(() => Promise.reject(null)))).toBeNull();
  });

  test("hands the task attempt 1 and the caller's own signal, or one that stays quiet", async () => {
    using _ = virtualTime();
    const limiter = new RateLimiter(options);
    const { signal } = new AbortController();
    const given = await limiter.execute((context) => [context.attempt, context.signal], { signal });
    expect(given).toEqual([1, signal]);
    expect(await limiter.execute((context) => context.signal.aborted)).toBe(false);
  });
});

test("RateLimiter: a real timer keeps the limit, too", async () => {
  const limiter = new RateLimiter({ limit: 3, interval: 20 });
  const times: number[] = [];
  const call = async (): Promise<void> => {
    await limiter.acquire();
    times.push(performance.now());
  };
  await Promise.all(Array.from({ length: 10 }, call));
  // Who is granted something sees the clock a little later than the limiter.
  for (const [n, time] of times.entries()) expect((times[n + 3] ?? Infinity) - time).toBeGreaterThan(19);
  await flush();
  expect(limiter.stats().waiting).toBe(0);
});

test("RateLimiter.stats() is a plain object that does not change", () => {
  const limiter = new RateLimiter({ limit: 2, interval: 1_000 });
  const before = limiter.stats();
  limiter.tryAcquire();
  expect(Object.getPrototypeOf(before)).toBe(Object.prototype);
  expect(before).toEqual({ available: 2, used: 0, waiting: 0 });
  expect(limiter.stats()).toEqual({ available: 1, used: 1, waiting: 0 });
});

test("RateLimiter: types", () => {
  const limiter = new RateLimiter({ limit: 1, interval: 1, maxQueue: undefined, algorithm: undefined });
  expectTypeOf(limiter).toExtend<Policy>();
  expectTypeOf(limiter.execute(async () => 1)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(limiter.acquire()).toEqualTypeOf<Promise<void>>();
  expectTypeOf(limiter.tryAcquire()).toEqualTypeOf<boolean>();
  expectTypeOf(limiter.stats()).toEqualTypeOf<RateLimiterStats>();
  expectTypeOf<SlidingWindowOptions>().toHaveProperty("burst").toEqualTypeOf<undefined>();
});

/** Timers that fire a millisecond early, as Node's may. */
function earlyTimers(): Disposable {
  const { setTimeout } = globalThis;
  const early = (callback: () => void, ms: number) => setTimeout(callback, Math.max(1, ms - 1));
  globalThis.setTimeout = early as typeof setTimeout;
  return { [Symbol.dispose]: () => void (globalThis.setTimeout = setTimeout) };
}
