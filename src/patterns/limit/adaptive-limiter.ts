import { check, checkCallback, checkCount, checkFunction, checkNumber, optionsOf } from "../core/check.ts";
import { channel } from "../core/diagnostics.ts";
import { notify } from "../core/notify.ts";
import type { Task } from "../core/task.ts";
import {
  Semaphore,
  type AcquireOptions,
  type SemaphoreOptions,
  type SemaphoreStats,
  type Voice,
} from "./semaphore.ts";

/** What `onLimitChange` is told. */
export interface LimitChange {
  readonly from: number;
  readonly to: number;
}

/** Between which bounds a limiter adapts, and to what. */
export interface AdaptiveLimiterOptions extends SemaphoreOptions {
  /** The limit at the start; an integer from `min` to `max`. Default: 20, or the bound that is nearer. */
  readonly initial?: number | undefined;
  /** The lowest limit; an integer of at least 1. Default: 1. */
  readonly min?: number | undefined;
  /** The highest limit; an integer of at least `min`, or Infinity. Default: 1,000. */
  readonly max?: number | undefined;
  /**
   * How much slower than at half the load calls may be before the limit falls, as a factor of at least 1. A higher one suits a
   * service whose latency wavers, and lets more queue up in it. Default: 1.1.
   */
  readonly tolerance?: number | undefined;
  /**
   * Whether a failure means that the service is overloaded. Any other tells nothing of its load. Default: an error whose `name` is
   * `"TimeoutError"`, as that of `timeout` and of `AbortSignal.timeout`.
   */
  readonly isOverload?: ((error: unknown) => boolean) | undefined;
  /** Told after each change of the limit, but not of the short dips with which it measures; what it throws is ignored. */
  readonly onLimitChange?: ((change: LimitChange) => void) | undefined;
}

/** What an adaptive limiter says of itself. */
export interface AdaptiveLimiterStats extends SemaphoreStats {
  /** What it holds for the right limit. `permits` is what is in force: less for a moment while it measures. */
  readonly limit: number;
  /** The median latency of the newest calls, in milliseconds; undefined before the first are over, Infinity where none was served. */
  readonly latency: number | undefined;
  /** The median latency at about half the load, in milliseconds; Infinity before it was measured. */
  readonly baseline: number;
}

const limiters = /* @__PURE__ */ channel("adaptive-limiter");

/**
 * A semaphore that finds its limit by itself: it lets in as many as a service can serve without getting slower.
 *
 * The algorithm is the gradient of Netflix's concurrency-limits and of Envoy. After each window of about as many calls as the
 * limit (20 at least, 1,000 at most, all of them begun in it), `limit = limit * gradient + sqrt(limit)`. The gradient is the
 * latency at low load over the latency now, each the median of a window, from 0.5 to 1. The latency at low load is measured every
 * 20 windows, with half the permits during one. So with a service for n calls at once, the limit comes to rest a little above n:
 * what is over keeps it busy, and shows when it can do more.
 *
 * Single slow calls change nothing. A limit that is not reached does not grow. Calls that fail for overload (`isOverload`) lower it by
 * their share; of other failures it takes no notice. Differences of less than a millisecond hardly count. It holds no timer.
 *
 * It is a semaphore, and does all that a semaphore does; only what runs by `execute` is measured. A timeout that stands inside counts as
 * overload; one outside does where the task heeds its signal and fails with the TimeoutError. A `weight` of more than `min` is refused
 * while the limit is lower, and while it measures, if it is given to `acquire` and greater than each that was given to `execute`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { AdaptiveLimiter, gather, sleep } from "yieldpoint";
 *
 * const limiter = new AdaptiveLimiter({ initial: 4, max: 100 });
 * const page = (n: number) => () => limiter.execute(async ({ signal }) => {
 *   await sleep(1, { signal });
 *   return n;
 * });
 * await gather(Array.from({ length: 40 }, (_, n) => page(n)));
 * assert(limiter.stats().limit > 4);
 * ```
 */
export class AdaptiveLimiter extends Semaphore {
  readonly #min: number;
  readonly #max: number;
  readonly #tolerance: number;
  readonly #isOverload: (error: unknown) => boolean;
  readonly #onLimitChange: ((change: LimitChange) => void) | undefined;
  #limit: number;
  /** The latencies of the calls that began and ended in this window; Infinity for one that failed for overload. */
  #window: number[] = [];
  /** Whether the limit was reached in this window. */
  #reached = false;
  #latency: number | undefined;
  #baseline = Infinity;
  /** The greatest weight so far, and `min` at least. */
  #heaviest: number;
  /** Whether the baseline is measured in this window. */
  #measuring = false;
  /** How many windows come before the next that it is measured in. */
  #pause = 0;

  /**
   * @param options see AdaptiveLimiterOptions; `maxQueue`: how many may wait, default Infinity
   * @throws TypeError or RangeError for an `initial`, `min`, `max`, `tolerance` or `maxQueue` that breaks its rule, or a callback that is
   * no function
   */
  constructor(options: AdaptiveLimiterOptions = {}) {
    const option = optionsOf("AdaptiveLimiter", options);
    const min = option("min", checkCount, 1, 1);
    // An infinite limit could not fall.
    const max = Math.min(2 ** 31, option("max", checkCount, Math.max(1_000, min), min));
    const initial = option("initial", checkCount, Math.min(max, Math.max(min, 20)), min);
    check(initial <= max, "AdaptiveLimiter: initial", "at most max", initial);
    super(initial, { maxQueue: option("maxQueue", checkCount, Infinity), told: limiters } as Voice);
    this.#limit = initial;
    this.#min = this.#heaviest = min;
    this.#max = max;
    this.#tolerance = option("tolerance", checkNumber, 1.1, 1);
    this.#isOverload = option(
      "isOverload",
      checkFunction,
      (error) => (error as Partial<Error> | null | undefined)?.name === "TimeoutError",
    );
    this.#onLimitChange = option("onLimitChange", checkCallback);
  }

  override get [Symbol.toStringTag](): string {
    return "AdaptiveLimiter";
  }

  /**
   * Runs a task while holding permits, and learns from how long it takes.
   *
   * @param task what to run; its `signal` is the caller's
   * @param options as for `acquire`; an abort ends the wait, a task that has started is followed to its end
   * @returns the task's value
   * @throws the task's failure; whatever `acquire` rejects with; what `isOverload` throws; TypeError for a task that is no function
   */
  override execute<T>(task: Task<T>, options?: AcquireOptions): Promise<T> {
    if (typeof task !== "function") return super.execute(task, options);
    const weight = options?.weight ?? 1;
    if (weight <= this.#limit) this.#heaviest = Math.max(this.#heaviest, weight);
    return super.execute(async (context) => {
      const window = this.#window;
      const { held, waiting } = super.stats();
      // Whoever waits is too heavy for what is left of the limit, if anything is; while it measures, the dip has him wait.
      this.#reached ||= !this.#measuring && (waiting > 0 || held >= this.#limit);
      const start = performance.now();
      try {
        const value = await task(context);
        this.#record(window, performance.now() - start);
        return value;
      } catch (error) {
        if (this.#isOverload(error)) this.#record(window, Infinity);
        throw error;
      }
    }, options);
  }

  /**
   * Sets the limit, from which it goes on adapting.
   *
   * @param permits the new limit; an integer of at least 1, or Infinity; where it lies beyond `min` or `max`, that one is taken
   * @throws TypeError or RangeError for `permits` that is no such number
   */
  override resize(permits: number): void {
    checkCount("AdaptiveLimiter.resize: permits", permits, 1);
    this.#change(permits);
  }

  /** The limit, what is in force and held of it, how many wait, and the latencies that it goes by. */
  override stats(): AdaptiveLimiterStats {
    return { ...super.stats(), limit: this.#limit, latency: this.#latency, baseline: this.#baseline };
  }

  #record(window: number[], latency: number): void {
    // A call that began before the last change tells nothing of what came of it.
    if (window !== this.#window) return;
    // From so many calls on a median is worth looking at.
    const fewest = 20;
    if (window.push(latency) < Math.max(fewest, Math.min(1_000, super.stats().permits))) return;

    const latencies = Float64Array.from(window);
    latencies.sort();
    const served = window.filter(Number.isFinite).length;
    const median = latencies[served >> 1] as number;
    this.#latency = median;
    if (this.#measuring) {
      // So many windows lie between two measurements of the baseline.
      const pause = 20;
      // Where half the load was served faster, half of that may be, too: a limit far too high is soon found out.
      this.#pause = median * this.#tolerance <= this.#baseline ? 0 : pause;
      if (served > 0) this.#baseline = median;
    }
    this.#measuring = !this.#measuring && this.#pause-- <= 0;

    // NaN without a baseline, where nothing was served.
    const ratio = (this.#tolerance * (this.#baseline + 1)) / (median + 1) || 1;
    const gradient = Math.max(0.5, (Math.min(1, ratio) * served) / window.length);
    const next = Math.floor(this.#limit * gradient + Math.sqrt(this.#limit));
    this.#change(this.#reached ? next : Math.min(this.#limit, next));
  }

  #change(to: number): void {
    const from = this.#limit;
    this.#limit = Math.min(this.#max, Math.max(this.#min, to));
    this.#window = [];
    this.#reached = false;
    // What the limit has above its headroom and the tolerance is what it holds the service for able to do: half of that is no load.
    const half = (this.#limit - Math.sqrt(this.#limit)) / this.#tolerance / 2;
    const dip = this.#measuring ? Math.max(this.#heaviest, half) : Infinity;
    super.resize(Math.floor(Math.min(this.#limit, dip)));
    if (from === this.#limit) return;
    notify(this.#onLimitChange, { from, to: this.#limit });
  }
}
