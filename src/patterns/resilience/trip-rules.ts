import { check, checkCount, checkNumber, checkPositive, checkWhole, optionsOf } from "../core/check.ts";

/** What a breaker remembers of its calls while it is closed. */
export interface TripWindow {
  /** Whether it needs the time: without it, no clock is read. */
  readonly timed: boolean;
  /** Takes in one call; true if the breaker is to open. Times in milliseconds. */
  record(failed: boolean, duration: number, now: number): boolean;
  isSlow(duration: number): boolean;
}

/** When a breaker opens. It makes the window that a breaker begins with at each change of state, so one rule may be shared by many. */
export type TripRule = () => TripWindow;

/** What the two windows share. */
export interface RateOptions {
  /** Opens when at least this share of the calls failed; over 0, up to 1. Default: 0.5. */
  readonly failureRate?: number | undefined;
  /** Opens when at least this share of the calls was slow; over 0, up to 1. Default: slowness does not count. */
  readonly slowCallRate?: number | undefined;
  /** A call that takes longer than this many milliseconds is slow. Default: Infinity. */
  readonly slowCallDuration?: number | undefined;
  /** No rate is judged on fewer calls than this; an integer of at least 1, in a `countWindow` at most its `size`. */
  readonly minimumCalls?: number | undefined;
}

/** The last `size` calls. */
export interface CountWindowOptions extends RateOptions {
  /** How many calls are looked at; an integer of at least 1. Default: 100. */
  readonly size?: number | undefined;
}

/** The calls of the last `duration`. */
export interface TimeWindowOptions extends RateOptions {
  /** Milliseconds, more than 0. They are kept in ten slices, of which the oldest is dropped whole. Default: 60,000. */
  readonly duration?: number | undefined;
}

/**
 * Opens a breaker after `n` failures in a row.
 *
 * @param n an integer of at least 1
 * @throws TypeError or RangeError for an `n` that is no such number
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CircuitBreaker, consecutive } from "yieldpoint";
 *
 * const breaker = new CircuitBreaker({ trip: consecutive(1) });
 * await breaker.execute(() => Promise.reject(new Error("down"))).catch(() => {});
 * assert.equal(breaker.state, "open");
 * ```
 */
export function consecutive(n: number): TripRule {
  checkCount("consecutive: n", n, 1);
  return () => {
    let row = 0;
    return {
      timed: false,
      record: (failed) => (row = failed ? row + 1 : 0) >= n,
      isSlow: () => false,
    };
  };
}

/** Calls, and how many of them. */
interface Tally {
  calls: number;
  failed: number;
  slow: number;
}

/** What is counted together, and leaves the window together. */
interface Slice extends Tally {
  readonly at: number;
}

/**
 * Judges the newest slices.
 *
 * @param most how many there are
 * @param sliceAt which one the n-th call counts in
 */
function rateWindow(
  name: string,
  options: RateOptions,
  fewest: number,
  most: number,
  byTime: boolean,
  sliceAt: (now: number, nth: number) => number,
): TripRule {
  const option = optionsOf(name, options);
  const failureRate = option("failureRate", checkRate, 0.5);
  const slowCallRate = option("slowCallRate", checkRate, 1);
  const slowCallDuration = option("slowCallDuration", checkNumber, Infinity);
  const minimumCalls = option("minimumCalls", checkCount, fewest, 1);
  check(byTime || minimumCalls <= most, `${name}: minimumCalls`, `at most the size (${most})`, minimumCalls);
  // Slowness counts only with a rate.
  const patience = options.slowCallRate ? slowCallDuration : Infinity;
  const isSlow = (duration: number): boolean => duration > patience;
  return () => {
    const slices: Slice[] = [];
    const sum = { calls: 0, failed: 0, slow: 0 };
    let nth = 0;
    return {
      timed: byTime || patience < Infinity,
      isSlow,
      record(failed, duration, now) {
        const at = sliceAt(now, nth++);
        const slice = { at, calls: 1, failed: Number(failed), slow: Number(isSlow(duration)) };
        add(sum, slice, 1);
        const last = slices.at(-1);
        if (last?.at === at) add(last, slice, 1);
        else slices.push(slice);
        while ((slices[0] as Slice).at <= at - most) add(sum, slices.shift() as Slice, -1);
        const { calls } = sum;
        // Divided, not multiplied: 55 / 100 is 0.55, but 0.55 * 100 is a little over 55.
        return (
          calls >= minimumCalls && (sum.failed / calls >= failureRate || sum.slow / calls >= slowCallRate)
        );
      },
    };
  };
}

function add(tally: Tally, { calls, failed, slow }: Tally, times: number): void {
  tally.calls += times * calls;
  tally.failed += times * failed;
  tally.slow += times * slow;
}

function checkRate(what: string, rate: number): void {
  checkPositive(what, rate);
  check(rate <= 1, what, "at most 1", rate);
}

/**
 * Opens a breaker when too many of its last calls failed or were slow.
 *
 * @param options `size`: calls looked at, default 100; `minimumCalls`: default `size`; `failureRate`: default 0.5; `slowCallRate` and
 * `slowCallDuration` (milliseconds): slowness counts only with a rate
 * @throws TypeError or RangeError for a rate outside (0, 1], `minimumCalls` above `size`, or a number that is none
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CircuitBreaker, countWindow } from "yieldpoint";
 *
 * const breaker = new CircuitBreaker({ trip: countWindow({ size: 4, failureRate: 0.5 }) });
 * for (const ok of [true, false, true, false]) {
 *   await breaker.execute(() => (ok ? "fine" : Promise.reject(new Error("down")))).catch(() => {});
 * }
 * assert.equal(breaker.state, "open");
 * ```
 */
export function countWindow(options: CountWindowOptions = {}): TripRule {
  const size = optionsOf("countWindow", options)("size", checkWhole, 100);
  return rateWindow("countWindow", options, size, size, false, (_now, nth) => nth);
}

/**
 * Opens a breaker when too many calls of a time failed or were slow. Time without calls empties the window.
 *
 * @param options `duration`: milliseconds looked back at, default 60,000; `minimumCalls`: default 10; `failureRate`: default 0.5;
 * `slowCallRate` and `slowCallDuration` (milliseconds): slowness counts only with a rate
 * @throws TypeError or RangeError for a rate outside (0, 1], a `duration` that is not over 0, or a number that is none
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CircuitBreaker, timeWindow } from "yieldpoint";
 *
 * const trip = timeWindow({ duration: 10_000, failureRate: 0.5, minimumCalls: 2 });
 * const breaker = new CircuitBreaker({ trip });
 * for (const ok of [true, false]) {
 *   await breaker.execute(() => (ok ? "fine" : Promise.reject(new Error("down")))).catch(() => {});
 * }
 * assert.equal(breaker.state, "open");
 * ```
 */
export function timeWindow(options: TimeWindowOptions = {}): TripRule {
  const duration = optionsOf("timeWindow", options)("duration", checkPositive, 60_000);
  const slices = 10;
  const sliceAt = (now: number): number => Math.floor((now * slices) / duration);
  return rateWindow("timeWindow", options, 10, slices, true, sliceAt);
}
