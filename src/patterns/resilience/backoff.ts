import { checkCallback, checkNumber, oneOf, optionsOf } from "../core/check.ts";

/**
 * How long to wait before the next attempt, in milliseconds.
 *
 * @param attempt the attempt that has just failed, from 1
 * @param previous the wait before that attempt; 0 before the first retry
 */
export type Backoff = (attempt: number, previous: number) => number;

/**
 * How a wait is spread, so that callers that failed together do not return together: `none` keeps it, `full` takes any time up
 * to it, `equal` between its half and it, `decorrelated` any time from `initial` to three times the previous wait.
 */
export type Jitter = "none" | "full" | "equal" | "decorrelated";

/** The shape of an exponential backoff; times in milliseconds. */
export interface ExponentialOptions {
  /** The wait after the first failure, before jitter. Default: 100. */
  readonly initial?: number | undefined;
  /** What the wait grows by at each failure; at least 1. Default: 2. */
  readonly factor?: number | undefined;
  /** The longest wait. Default: 30,000. */
  readonly max?: number | undefined;
  /** How the wait is spread. Default: "full". */
  readonly jitter?: Jitter | undefined;
  /** Gives a number from 0 up to, not including, 1. Default: Math.random. */
  readonly random?: (() => number) | undefined;
}

/** The shape of a linear backoff; times in milliseconds. */
export interface LinearOptions {
  /** The wait after the first failure. Default: 100. */
  readonly initial?: number | undefined;
  /** What is added at each further failure. Default: `initial`. */
  readonly step?: number | undefined;
  /** The longest wait. Default: 30,000. */
  readonly max?: number | undefined;
}

/** What `exponential()` gives, for `retry`: a bundle with no other backoff needs no options of one. */
export const standard: Backoff = (attempt) => Math.min(30_000, 100 * 2 ** (attempt - 1)) * Math.random();

function exponential(options: ExponentialOptions = {}): Backoff {
  const option = optionsOf("backoff.exponential", options);
  const initial = option("initial", checkNumber, 100);
  const factor = option("factor", checkNumber, 2, 1);
  const max = option("max", checkNumber, 30_000);
  const jitter = option("jitter", oneOf("none", "full", "equal", "decorrelated"), "full");
  const random = option("random", checkCallback);
  return (attempt, previous) => {
    const wait = Math.min(max, initial * factor ** (attempt - 1));
    // Read at each call, so that a test may replace Math.random at any time.
    const share = jitter === "none" ? 1 : (random ?? Math.random)();
    let delay = wait * share;
    if (jitter === "equal") delay = (wait + delay) / 2;
    if (jitter === "decorrelated") {
      delay = Math.min(max, initial + share * (Math.max(previous, initial) * 3 - initial));
    }
    // After many attempts the power is Infinity, and 0 times that is NaN.
    return delay || 0;
  };
}

function constant(ms: number): Backoff {
  checkNumber("backoff.constant: ms", ms);
  return () => ms;
}

function linear(options: LinearOptions = {}): Backoff {
  const option = optionsOf("backoff.linear", options);
  const initial = option("initial", checkNumber, 100);
  const step = option("step", checkNumber, initial);
  const max = option("max", checkNumber, 30_000);
  return (attempt) => Math.min(max, initial + (step * (attempt - 1) || 0));
}

/**
 * The waits that `retry` can use: `exponential` (with jitter), `linear` and `constant`.
 *
 * Each takes milliseconds and throws a TypeError or RangeError for what is no number >= 0 (`factor`: >= 1), an unknown `jitter` or
 * a `random` that is no function.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { backoff } from "yieldpoint";
 *
 * const wait = backoff.exponential({ initial: 100, max: 1_000, jitter: "none" });
 * assert.deepEqual([1, 2, 3, 4, 5].map((attempt) => wait(attempt, 0)), [100, 200, 400, 800, 1_000]);
 * assert.equal(backoff.linear({ initial: 50, step: 25 })(3, 75), 100);
 * assert.equal(backoff.constant(250)(7, 250), 250);
 * ```
 */
export const backoff: {
  readonly exponential: typeof exponential;
  readonly linear: typeof linear;
  readonly constant: typeof constant;
} = { exponential, linear, constant };
