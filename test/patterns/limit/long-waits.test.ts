import { describe, expect, test } from "vitest";
import { keyed, RateLimiter, Semaphore, type RateLimiterOptions } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";

// The platform's timers take no more than this, and fire at once for more.
const LONGEST = 2 ** 31 - 1;

/** Counts the timers that are armed until it is disposed. */
function countTimers(): Disposable & { readonly armed: number } {
  const { setTimeout } = globalThis;
  let armed = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
    armed++;
    return setTimeout(...args);
  }) as typeof setTimeout;
  return {
    get armed() {
      return armed;
    },
    [Symbol.dispose]: () => void (globalThis.setTimeout = setTimeout),
  };
}

const interval = 2 * LONGEST + 1_000;
const both: [name: string, options: RateLimiterOptions][] = [
  ["sliding-window", { limit: 1, interval }],
  ["token-bucket", { algorithm: "token-bucket", limit: 1, interval }],
];

describe.each(both)("RateLimiter, %s:", (_name, options) => {
  test("an interval over 2^31 ms is kept, with no timer more than it takes", async () => {
    using clock = virtualTime();
    using timers = countTimers();
    const limiter = new RateLimiter(options);
    expect(limiter.tryAcquire()).toBe(true);
    const waiting = observe(limiter.acquire());
    await clock.advance(interval - 1);
    expect(waiting.status).toBe("pending");
    await clock.advance(1);
    expect(waiting).toMatchObject({ status: "fulfilled", at: interval });
    expect(timers.armed).toBe(3);
    expect(clock.pending).toEqual([]);
  });
});

test("keyed() keeps an idle key for more than 2^31 ms, with no timer more than it takes", async () => {
  using clock = virtualTime();
  using timers = countTimers();
  const limits = keyed(() => new Semaphore(1), { idle: interval });
  const first = limits.for("a");
  await clock.advance(interval - 1);
  expect(limits.stats().keys).toBe(1);
  expect(timers.armed).toBe(3);
  await clock.advance(1);
  expect(limits.stats().keys).toBe(0);
  expect(clock.pending).toEqual([]);
  expect(limits.for("a")).not.toBe(first);
});
