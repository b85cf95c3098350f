import { AdaptiveLimiter, compose, sleep, TimeoutError, timeoutPolicy, type LimitChange } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { flush, rejection } from "../../support/waiting.ts";

/** Makes so many calls that end as they are told, one after the other, and gives the limit after them. */
async function after(limiter: AdaptiveLimiter, calls: number, task: () => unknown): Promise<number> {
  for (let n = 0; n < calls; n++) await limiter.execute(task).catch(() => {});
  return limiter.stats().limit;
}

const fail = (error: unknown) => () => Promise.reject(error);

describe("AdaptiveLimiter overload", () => {
  test("a window of calls that all fail for it halves the limit, but for the headroom", async () => {
    const limiter = new AdaptiveLimiter({ initial: 16, tolerance: 1 });
    // 16 / 2 + sqrt(16), from 20 calls; one of 12 after that is still the window of the measurement.
    expect(await after(limiter, 19, fail(new TimeoutError(1)))).toBe(16);
    expect(await after(limiter, 1, fail(new TimeoutError(1)))).toBe(12);
    expect(limiter.stats()).toMatchObject({ permits: 4, latency: Infinity, baseline: Infinity });
    expect(await after(limiter, 20, fail(new TimeoutError(1)))).toBe(9);
  });

  test.each([
    [new TimeoutError(1), 12],
    [new DOMException("", "TimeoutError"), 12],
    [new DOMException("", "AbortError"), 16],
    [new Error("TimeoutError"), 16],
    [undefined, 16],
    [null, 16],
    ["TimeoutError", 16],
  ])("of its own accord, it takes %s for what it is", async (error, limit) => {
    const limiter = new AdaptiveLimiter({ initial: 16 });
    expect(await after(limiter, 20, fail(error))).toBe(limit);
  });

  test("its share of a window lowers the limit", async () => {
    const limiter = new AdaptiveLimiter({ initial: 100, isOverload: (error) => error === 503 });
    let calls = 0;
    // A quarter: 100 * 3 / 4 + sqrt(100).
    const task = () => (++calls % 4 === 0 ? Promise.reject(503) : undefined);
    expect(await after(limiter, 100, task)).toBe(85);
  });

  test("the latency is the median of the calls that were served", async () => {
    using clock = virtualTime();
    const limiter = new AdaptiveLimiter({ initial: 20 });
    let calls = 0;
    // 1 to 12 ms, and 8 failures.
    const task = () => (++calls > 12 ? Promise.reject(new TimeoutError(1)) : sleep(calls));
    await clock.run(() => after(limiter, 20, task));
    expect(limiter.stats().latency).toBe(7);
  });

  test("a measurement in which none was served leaves the baseline as it was", async () => {
    using clock = virtualTime();
    const limiter = new AdaptiveLimiter({ initial: 16 });
    await clock.run(() => after(limiter, 60, () => sleep(10)));
    // (16 - sqrt(16)) / 1.1 / 2: it measures now.
    expect(limiter.stats()).toMatchObject({ permits: 5, limit: 16, baseline: 10 });
    await after(limiter, 20, fail(new TimeoutError(1)));
    expect(limiter.stats()).toMatchObject({ permits: 12, limit: 12, latency: Infinity, baseline: 10 });
  });

  test("one slow call in each window changes nothing", async () => {
    using clock = virtualTime();
    const limiter = new AdaptiveLimiter({ initial: 16 });
    let calls = 0;
    const limit = await clock.run(() => after(limiter, 200, () => sleep(++calls % 20 === 7 ? 10_000 : 10)));
    expect(limit).toBe(16);
    expect(limiter.stats()).toMatchObject({ latency: 10, baseline: 10 });
  });

  test("a timeout outside counts once the task has ended", async () => {
    const limiter = new AdaptiveLimiter({ initial: 16 });
    using clock = virtualTime();
    const policy = compose(timeoutPolicy(5), limiter);
    const calls = Array.from({ length: 16 }, () =>
      rejection(policy.execute(({ signal }) => sleep(50, { signal }))),
    );
    await clock.advance(5);
    expect(await after(limiter, 4, fail(new TimeoutError(1)))).toBe(12);
    await Promise.all(calls);
  });

  test("a failure of `isOverload` is what the call rejects with, and counts for nothing", async () => {
    const broken = new Error("isOverload");
    const limiter = new AdaptiveLimiter({
      initial: 16,
      isOverload() {
        throw broken;
      },
    });
    expect(await rejection(limiter.execute(fail("down")))).toBe(broken);
    expect(await after(limiter, 30, fail("down"))).toBe(16);
    expect(limiter.stats().held).toBe(0);
  });
});

describe("AdaptiveLimiter onLimitChange", () => {
  test("is told from where to where, not of the dips to measure; what it throws is ignored", async () => {
    using clock = virtualTime();
    const changes: LimitChange[] = [];
    const limiter = new AdaptiveLimiter({
      initial: 9,
      onLimitChange(change) {
        changes.push(change);
        throw new Error("onLimitChange");
      },
    });
    const permits: number[] = [];
    const calls = Array.from({ length: 200 }, () =>
      limiter.execute(() => {
        const now = limiter.stats().permits;
        if (permits.at(-1) !== now) permits.push(now);
        return sleep(10);
      }),
    );
    await clock.advance(1_000);
    await Promise.all(calls);
    expect(changes.slice(0, 3)).toEqual([
      { from: 9, to: 12 },
      { from: 12, to: 15 },
      { from: 15, to: 18 },
    ]);
    // (12 - sqrt(12)) / 1.1 / 2 while it measures, and once more because half the load might still have been too much.
    expect(permits.slice(0, 6)).toEqual([9, 3, 12, 5, 15, 18]);
  });

  test("10 ms more or less than nothing are noticed, less than one is not", async () => {
    using clock = virtualTime();
    const limiter = new AdaptiveLimiter({ initial: 20, tolerance: 1 });
    const batch = async (ms: number): Promise<number> => {
      const calls = Array.from({ length: 60 }, () => limiter.execute(() => sleep(ms)));
      await clock.advance(10 * ms);
      await Promise.all(calls);
      return limiter.stats().limit;
    };
    await batch(0);
    expect(limiter.stats()).toMatchObject({ latency: 0, baseline: 0 });
    const before = limiter.stats().limit;
    expect(await batch(10)).toBeLessThan(before);
  });
});

describe("AdaptiveLimiter resize()", () => {
  test("sets the limit within its bounds, tells of it, and lets in who fits", async () => {
    const changes: LimitChange[] = [];
    const limiter = new AdaptiveLimiter({ initial: 2, max: 4, onLimitChange: (each) => changes.push(each) });
    const started: number[] = [];
    for (let n = 0; n < 6; n++) {
      void limiter.execute(() => {
        started.push(n);
        return new Promise(() => {});
      });
    }
    limiter.resize(Infinity);
    await flush();
    expect(started).toEqual([0, 1, 2, 3]);
    expect(limiter.stats()).toMatchObject({ permits: 4, limit: 4 });
    limiter.resize(4);
    expect(changes).toEqual([{ from: 2, to: 4 }]);
  });

  test("goes on adapting from there", async () => {
    const limiter = new AdaptiveLimiter({ initial: 2 });
    limiter.resize(64);
    // A window of 64 now.
    expect(await after(limiter, 63, fail(new TimeoutError(1)))).toBe(64);
    expect(await after(limiter, 1, fail(new TimeoutError(1)))).toBe(40);
  });
});
