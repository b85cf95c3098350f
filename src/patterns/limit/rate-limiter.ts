import {
  check,
  checkCount,
  checkFunction,
  checkNumber,
  checkPositive,
  checkWhole,
  oneOf,
  optionsOf,
} from "../core/check.ts";
import { resolved } from "../core/deferred.ts";
import { channel, tell, timed } from "../core/diagnostics.ts";
import { QueueFullError, RateLimitError } from "../core/errors.ts";
import { contextOf, sourceOf } from "../core/scope.ts";
import type { AbortOptions, Policy, Task } from "../core/task.ts";
import { startTimer } from "../core/timer.ts";
import { Line } from "../sync/line.ts";
import { slidingWindow, tokenBucket, type Meter } from "./meters.ts";

/** What both algorithms are told. */
export interface RateLimits {
  /** How much is granted in each interval; an integer of at least 1. */
  readonly limit: number;
  /** The interval in milliseconds, more than 0; Infinity gives the limit once and never again. */
  readonly interval: number;
  /** How many may wait; one more is refused with QueueFullError. An integer of at least 0. Default: Infinity. */
  readonly maxQueue?: number | undefined;
}

/** Never more than `limit` in any window of `interval` milliseconds, wherever it begins. */
export interface SlidingWindowOptions extends RateLimits {
  /** Default: `"sliding-window"`. */
  readonly algorithm?: "sliding-window" | undefined;
  /** There is none: it belongs to a token bucket, which must be named. */
  readonly burst?: undefined;
}

/** A bucket that holds `burst` tokens, full at first; `limit` of them flow back evenly in each interval. */
export interface TokenBucketOptions extends RateLimits {
  /** This one, which must be named. */
  readonly algorithm: "token-bucket";
  /** How much can be granted at once after a rest; an integer of at least 1. Default: `limit`. */
  readonly burst?: number | undefined;
}

/** How much a rate limiter grants, and by which algorithm. */
export type RateLimiterOptions = SlidingWindowOptions | TokenBucketOptions;

type AnyOptions = Omit<TokenBucketOptions, "algorithm"> & {
  readonly algorithm?: RateLimiterOptions["algorithm"];
};

/** How one caller asks a rate limiter. */
export interface RateAcquireOptions extends AbortOptions {
  /** How much the call counts; an integer from 1 to the limit, or to the burst of a token bucket. Default: 1. */
  readonly cost?: number | undefined;
  /** The longest wait in milliseconds: a call that would have to wait longer is refused at once. Default: Infinity. */
  readonly maxWait?: number | undefined;
}

/** What a rate limiter says of itself. */
export interface RateLimiterStats {
  /** How much could be granted now, if nobody waited. */
  readonly available: number;
  /** What of the limit, or of the burst, is not available now. */
  readonly used: number;
  /** Callers that wait. */
  readonly waiting: number;
}

const limiters = /* @__PURE__ */ channel("rate-limiter");

/**
 * Lets calls start no faster than a rate; the others wait in line, first come, first served.
 *
 * The sliding window is exact: on the clock that it measures, never more than `limit` is granted in any `interval` milliseconds, a
 * window's end not included. It remembers each grant of the last interval. The token bucket remembers two numbers; it lets
 * `burst` through at once, then `limit` an interval, evenly.
 *
 * A heavy call at the head is not overtaken. One that gives up costs nothing, and unblocks those behind it. What was granted is
 * spent, also if its caller is aborted before its turn comes. There is one timer, and only while somebody waits. It
 * counts whole milliseconds: where a turn falls between two, it comes with the later one. `maxWait` and `retryAfter` do not count that, be it
 * for one's own turn or for each of those before it. So a bucket of few tokens, which runs over meanwhile, lets less than `limit` through
 * where that is more than `burst` a millisecond.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { gather, RateLimiter } from "yieldpoint";
 *
 * const limiter = new RateLimiter({ algorithm: "sliding-window", limit: 2, interval: 20 });
 * const start = performance.now();
 * const call = () => limiter.execute(() => performance.now() - start);
 * const [first, second, third] = await gather([call, call, call]);
 * assert(first < 20 && second < 20);
 * assert(third > 19); // the first two fill the window
 *
 * await limiter.acquire();
 * await assert.rejects(limiter.acquire({ maxWait: 0 }), { code: "ERR_RATE_LIMITED" });
 * assert.equal(limiter.tryAcquire(), false);
 * ```
 */
export class RateLimiter implements Policy {
  readonly #meter: Meter;
  /** What a cost may not exceed, for its message. */
  readonly #most: string;
  readonly #maxQueue: number;
  readonly #waiters: Line<void, number> = new Line(() => this.#serve());
  #cancel: (() => void) | undefined;

  /**
   * @param options see RateLimiterOptions
   * @throws TypeError or RangeError for an `algorithm`, `limit`, `interval`, `burst` or `maxQueue` that breaks its rule
   */
  constructor(options: RateLimiterOptions) {
    const option = optionsOf("RateLimiter", options as AnyOptions);
    const limit = option("limit", checkWhole);
    const interval = option("interval", checkPositive);
    this.#maxQueue = option("maxQueue", checkCount, Infinity);
    const algorithm = option("algorithm", oneOf("sliding-window", "token-bucket"), "sliding-window");
    if (algorithm === "token-bucket") {
      this.#meter = tokenBucket(limit, interval, option("burst", checkWhole, limit));
      this.#most = "burst";
    } else {
      check(options.burst === undefined, "RateLimiter: burst", 'left to the "token-bucket"', options.burst);
      this.#meter = slidingWindow(limit, interval);
      this.#most = "limit";
    }
  }

  /**
   * Waits for its turn.
   *
   * @param options `cost`: how much it counts, default 1; `maxWait`: the longest wait in milliseconds, default Infinity; `signal`:
   * gives up the wait
   * @throws `signal.reason` when aborted before its turn; RateLimitError with `retryAfter` when it would have to wait longer than
   * `maxWait`; QueueFullError when `maxQueue` already wait; RangeError for a `cost` above the limit or the burst; TypeError or
   * RangeError for other bad options
   */
  acquire(options: RateAcquireOptions = {}): Promise<void> {
    try {
      return this.#enter(options) ?? resolved;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Takes its turn if that needs no wait and nobody waits.
   *
   * @param cost how much it counts, default 1
   * @returns whether it was granted
   * @throws TypeError or RangeError for a bad `cost`
   */
  tryAcquire(cost = 1): boolean {
    this.#checkCost(cost);
    return this.#admit(cost);
  }

  /**
   * Runs a task when its turn comes.
   *
   * @param task what to run; its `signal` is the caller's
   * @param options as for `acquire`; an abort ends the wait, a task that has started is followed to its end
   * @returns the task's value
   * @throws the task's failure; whatever `acquire` rejects with; TypeError for a task that is no function
   */
  async execute<T>(task: Task<T>, options: RateAcquireOptions = {}): Promise<T> {
    checkFunction("RateLimiter.execute: task", task);
    const turn = this.#enter(options);
    if (turn) {
      await turn;
      // An abort may have come between the grant and this turn.
      sourceOf(options)?.throwIfAborted();
    }
    return await task(contextOf(options));
  }

  /** What is available now, and how many wait. */
  stats(): RateLimiterStats {
    const used = this.#meter.used(performance.now());
    return { available: this.#meter.capacity - used, used, waiting: this.#waiters.size };
  }

  #checkCost(cost: number): void {
    checkWhole("RateLimiter: cost", cost);
    const { capacity } = this.#meter;
    if (cost > capacity) {
      check(false, "RateLimiter: cost", `at most the ${this.#most} (${capacity})`, cost);
    }
  }

  #admit(cost: number): boolean {
    if (this.#waiters.size > 0 || !this.#meter.take(cost, performance.now())) return false;
    tell(limiters, this, "granted");
    return true;
  }

  /** Is granted at once and gives undefined, or gives a promise that resolves when it is. */
  #enter(options: RateAcquireOptions): Promise<void> | undefined {
    const { cost = 1, maxWait = Infinity } = options;
    const source = sourceOf(options);
    this.#checkCost(cost);
    checkNumber("RateLimiter: maxWait", maxWait);
    source?.throwIfAborted();
    if (this.#admit(cost)) return undefined;
    if (maxWait < Infinity) this.#checkWait(cost, maxWait);
    if (this.#waiters.size >= this.#maxQueue) {
      tell(limiters, this, "rejected");
      throw new QueueFullError(`RateLimiter: the queue is full, ${this.#maxQueue} may wait`);
    }
    const turn = this.#waiters.wait(source, cost);
    if (this.#waiters.size === 1) this.#serve();
    return timed(limiters, this, turn);
  }

  #checkWait(cost: number, maxWait: number): void {
    const costs = this.#waiters.list().map((waiter) => waiter.data);
    const wait = this.#meter.delay([...costs, cost], performance.now());
    if (wait <= maxWait) return;
    tell(limiters, this, "rejected");
    const retryAfter = Math.ceil(wait);
    throw new RateLimitError(
      `RateLimiter: the wait would be ${retryAfter} ms, more than maxWait (${maxWait} ms)`,
      retryAfter,
    );
  }

  /** Grants to those whose turn has come, and sets the timer for the next. */
  #serve(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const now = performance.now();
    for (let waiter = this.#waiters.peek(); waiter; waiter = this.#waiters.peek()) {
      if (!this.#meter.take(waiter.data, now)) {
        // A timer may fire early, and is set again then; a whole millisecond at least, so that the clock moves.
        const wait = Math.max(1, Math.ceil(this.#meter.delay([waiter.data], now)));
        this.#cancel = startTimer(wait, () => this.#serve());
        return;
      }
      this.#waiters.next()?.resolve();
    }
  }
}
