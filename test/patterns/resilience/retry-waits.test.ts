import { afterEach, describe, expect, test, vi } from "vitest";
import { backoff, retry, sleep, type RetryEvent } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { rejection } from "../../support/waiting.ts";
import { failing } from "./failing.ts";

describe("retry() under fake timers that were installed after the import", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("sleeps on the fake clock, and measures maxElapsed by it", async () => {
    vi.useFakeTimers();
    const { task, errors } = failing(Infinity);
    const result = observe(retry(task, { attempts: Infinity, backoff: 1_000, maxElapsed: 3_000 }));
    await vi.advanceTimersByTimeAsync(2_999);
    expect([result.status, errors.length]).toEqual(["pending", 3]);
    await vi.advanceTimersByTimeAsync(1);
    expect([result.status, errors.length]).toEqual(["rejected", 4]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("retry({ retryAfter })", () => {
  test("takes the failure's own wait in place of the backoff's, where there is one", async () => {
    using clock = virtualTime();
    const { task, at, errors } = failing(3);
    const retryAfter = (error: unknown) => (error === errors[1] ? 5_000 : undefined);
    await clock.run(() => retry(task, { backoff: 10, retryAfter }));
    expect(at).toEqual([0, 10, 5_010, 5_020]);
  });

  test("takes 0 for a wait of 0", async () => {
    using clock = virtualTime();
    const { task, at } = failing(2);
    await clock.run(() => retry(task, { backoff: 1_000, retryAfter: () => 0 }));
    expect(at).toEqual([0, 0, 0]);
  });

  // What a header or another library gives is often no number.
  test.each([-5, Number.NaN, null, "5", new Date(5), 5n, true, [5], Promise.resolve(5)])(
    "leaves the wait to the backoff where it gives %o",
    async (asked) => {
      using clock = virtualTime();
      const { task, at } = failing(1);
      await clock.run(() => retry(task, { backoff: 1_000, retryAfter: () => asked as number }));
      expect(at).toEqual([0, 1_000]);
    },
  );

  test("may exceed the backoff's max", async () => {
    using clock = virtualTime();
    const { task, at } = failing(1);
    const wait = backoff.exponential({ max: 100 });
    await clock.run(() => retry(task, { backoff: wait, retryAfter: () => 60_000 }));
    expect(at).toEqual([0, 60_000]);
  });

  test("does not start a sleep past maxElapsed", async () => {
    using clock = virtualTime();
    const { task, errors } = failing(Infinity);
    const result = rejection(retry(task, { retryAfter: () => 60_000, maxElapsed: 59_999 }));
    expect(await result).toBe(errors[0]);
    expect(clock.now).toBe(0);
    expect(clock.pending).toEqual([]);
  });

  test("that throws ends the repetition with its own error", async () => {
    const retryAfter = () => {
      throw new Error("in retryAfter");
    };
    await expect(retry(failing(1).task, { retryAfter })).rejects.toThrow("in retryAfter");
  });
});

describe("retry({ maxElapsed })", () => {
  test("never starts a sleep that would end past it, and gives the last error at once", async () => {
    using clock = virtualTime();
    const { task, errors, at } = failing(Infinity);
    const result = observe(retry(task, { attempts: Infinity, backoff: 100, maxElapsed: 250 }));
    await clock.advance(200);
    expect(at).toEqual([0, 100, 200]);
    expect(result).toMatchObject({ status: "rejected", reason: errors[2], at: 200 });
    expect(clock.pending).toEqual([]);
  });

  test("counts from the first call, whenever that is", async () => {
    using clock = virtualTime();
    await clock.advance(10_000);
    const { task, at } = failing(Infinity);
    await clock.run(() => rejection(retry(task, { attempts: Infinity, backoff: 100, maxElapsed: 250 })));
    expect(at).toEqual([10_000, 10_100, 10_200]);
  });

  test("allows a sleep that ends exactly with it", async () => {
    using clock = virtualTime();
    const { task, at } = failing(1);
    expect(await clock.run(() => retry(task, { backoff: 100, maxElapsed: 100 }))).toBe("done");
    expect(at).toEqual([0, 100]);
  });

  test("counts the time that attempts take", async () => {
    using clock = virtualTime();
    let calls = 0;
    const task = async () => {
      calls++;
      await sleep(80);
      throw new Error("slow failure");
    };
    await clock.run(() => rejection(retry(task, { backoff: 10, maxElapsed: 100 })));
    expect([calls, clock.now]).toEqual([2, 170]);
  });

  test("does not interrupt an attempt that runs", async () => {
    using clock = virtualTime();
    const task = () => sleep(1_000).then(() => "slow");
    expect(await clock.run(() => retry(task, { maxElapsed: 10 }))).toBe("slow");
  });

  test.each([
    { now: Number.MAX_SAFE_INTEGER, backoff: 0, maxElapsed: 60_000, calls: 3 },
    { now: 0, backoff: 1, maxElapsed: 0, calls: 1 },
  ])("a change of the wall clock neither ends it nor prolongs it: %o", async ({ now, calls, ...options }) => {
    const wall = vi.spyOn(Date, "now");
    const { task, at } = failing(Infinity);
    const result = rejection(retry(task, { attempts: 3, ...options }));
    wall.mockReturnValue(now);
    await result;
    wall.mockRestore();
    expect(at).toHaveLength(calls);
  });

  test("0 allows no wait but one of 0", async () => {
    using clock = virtualTime();
    const slow = failing(Infinity);
    await clock.run(() => rejection(retry(slow.task, { backoff: 1, maxElapsed: 0 })));
    expect(slow.at).toHaveLength(1);
    const quick = failing(2);
    await clock.run(() => retry(quick.task, { backoff: 0, maxElapsed: 0 }));
    expect(quick.at).toHaveLength(3);
  });
});

describe("retry({ onRetry })", () => {
  test("is told before each wait: the error, the attempt that failed and the wait", async () => {
    using clock = virtualTime();
    const told: [RetryEvent, number][] = [];
    const { task, errors } = failing(Infinity);
    const onRetry = (event: RetryEvent) => void told.push([event, clock.now]);
    const wait = backoff.linear({ initial: 10 });
    await clock.run(() => rejection(retry(task, { attempts: 3, backoff: wait, onRetry })));
    expect(told).toEqual([
      [{ error: errors[0], attempt: 1, delay: 10 }, 0],
      [{ error: errors[1], attempt: 2, delay: 20 }, 10],
    ]);
  });

  test("that throws breaks nothing", async () => {
    const onRetry = () => {
      throw new Error("in onRetry");
    };
    expect(await retry(failing(2).task, { backoff: 0, onRetry })).toBe("done");
  });

  test("is not told of what is not repeated", async () => {
    const onRetry = vi.fn();
    await rejection(retry(failing(9).task, { attempts: 1, onRetry }));
    await rejection(retry(failing(9).task, { when: () => false, onRetry }));
    await rejection(retry(failing(9).task, { backoff: 10, maxElapsed: 5, onRetry }));
    expect(onRetry).not.toHaveBeenCalled();
  });
});
