import { check, checkCount, checkNumber } from "../core/check.ts";

/** What a breaker remembers of its calls while it is closed. */
export interface TripWindow {
  /** Whether it needs the time: without it, no clock is read. */
  readonly timed: boolean;
  /** Takes in one call; true if the breaker is to open. Times in milliseconds. */
  record(failed: boolean, duration: number, now: number): boolean;
  isSlow(duration: number): boolean;
  reset(): void;
}

/** When a breaker opens. It makes a window for each breaker, so one rule may be shared by many. */
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
      reset: () => void (row = 0),
    };
  };
}

interface Tally {
  calls: number;
  failed: number;
  slow: number;
}

/** The judgement that both windows make of what they counted. */
function rates(name: string, options: RateOptions, minimumCalls: number) {
  const { failureRate = 0.5, slowCallRate, slowCallDuration = Infinity } = options;
  checkRate(`${name}: failureRate`, failureRate);
  if (slowCallRate !== undefined) checkRate(`${name}: slowCallRate`, slowCallRate);
  checkNumber(`${name}: slowCallDuration`, slowCallDuration, 0);
  checkCount(`${name}: minimumCalls`, minimumCalls, 1);
  return {
    isSlow: (duration: number): boolean => slowCallRate !== undefined && duration > slowCallDuration,
    trips: ({ calls, failed, slow }: Tally): boolean =>
      calls >= minimumCalls &&
      // Divided, not multiplied: 55 / 100 is 0.55, but 0.55 * 100 is a little over 55.
      (failed / calls >= failureRate || (slowCallRate !== undefined && slow / calls >= slowCallRate)),
  };
}

function checkRate(what: string, rate: number): void {
  checkNumber(what, rate, 0);
  if (rate === 0 || rate > 1) throw new RangeError(`${what} must be over 0 and at most 1, got ${rate}`);
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
export function countWindow({ size = 100, ...options }: CountWindowOptions = {}): TripRule {
  check(Number.isInteger(size) && size >= 1, "countWindow: size", "an integer >= 1", size);
  const { minimumCalls = size } = options;
  const { isSlow, trips } = rates("countWindow", options, minimumCalls);
  check(minimumCalls <= size, "countWindow: minimumCalls", `at most the size (${size})`, minimumCalls);
  return () => {
    let ring: { failed: boolean; slow: boolean }[] = [];
    let next = 0;
    let tally: Tally = { calls: 0, failed: 0, slow: 0 };
    return {
      timed: options.slowCallRate !== undefined,
      isSlow,
      record(failed, duration) {
        const oldest = ring[next];
        if (oldest) {
          tally.calls--;
          tally.failed -= Number(oldest.failed);
          tally.slow -= Number(oldest.slow);
        }
        const slow = isSlow(duration);
        ring[next] = { failed, slow };
        next = (next + 1) % size;
        tally.calls++;
        tally.failed += Number(failed);
        tally.slow += Number(slow);
        return trips(tally);
      },
      reset() {
        ring = [];
        next = 0;
        tally = { calls: 0, failed: 0, slow: 0 };
      },
    };
  };
}

const SLICES = 10;

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
export function timeWindow({ duration = 60_000, ...options }: TimeWindowOptions = {}): TripRule {
  checkNumber("timeWindow: duration", duration, 0);
  if (duration === 0) throw new RangeError("timeWindow: duration must be over 0, got 0");
  const { isSlow, trips } = rates("timeWindow", options, options.minimumCalls ?? 10);
  return () => {
    let slices: (Tally & { at: number })[] = [];
    return {
      timed: true,
      isSlow,
      record(failed, length, now) {
        const at = Math.floor((now * SLICES) / duration);
        slices = slices.filter((slice) => slice.at > at - SLICES);
        let slice = slices.at(-1);
        if (slice?.at !== at) slices.push((slice = { at, calls: 0, failed: 0, slow: 0 }));
        slice.calls++;
        slice.failed += Number(failed);
        slice.slow += Number(isSlow(length));
        const tally: Tally = { calls: 0, failed: 0, slow: 0 };
        for (const each of slices) {
          tally.calls += each.calls;
          tally.failed += each.failed;
          tally.slow += each.slow;
        }
        return trips(tally);
      },
      reset: () => void (slices = []),
    };
  };
}
