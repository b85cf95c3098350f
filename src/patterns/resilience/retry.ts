import { checkCallback, checkCount, checkFunction, checkNumber } from "../core/check.ts";
import { notify } from "../core/notify.ts";
import { Context, contextOf, sourceOf } from "../core/scope.ts";
import { call, type AbortOptions, type Task } from "../core/task.ts";
import { sleep } from "../time/sleep.ts";
import { standard, type Backoff } from "./backoff.ts";
import { checkBudget, type RetryBudget } from "./retry-budget.ts";
import { StopRetry } from "./stop-retry.ts";

/** What `onRetry` is told before each wait: the `error` of an attempt that failed, or the `value` that `whenResult` wants another for. */
export type RetryEvent<T = unknown> = Ended<T> & {
  /** The attempt that is over, from 1. */
  readonly attempt: number;
  /** How long the next one waits, in milliseconds. */
  readonly delay: number;
};

/** How an attempt ended. */
type Ended<T> =
  { readonly error: unknown; readonly value?: never } | { readonly value: T; readonly error?: never };

/** When and how often `retry` repeats. */
export interface RetryOptions<T = unknown> extends AbortOptions {
  /** How many calls are made at most, the first included; an integer of at least 1, or Infinity. Default: 4. */
  readonly attempts?: number | undefined;
  /** The waits between them: milliseconds, or a function of the attempt. Default: `backoff.exponential()`. */
  readonly backoff?: number | Backoff | undefined;
  /** Whether this failure is worth another attempt. Default: every one is. */
  readonly when?: ((error: unknown, attempt: number) => boolean | PromiseLike<boolean>) | undefined;
  /**
   * Whether this result is worth another attempt. When there is no further one, the last result is given. Default: none is.
   */
  readonly whenResult?: ((value: T, attempt: number) => boolean | PromiseLike<boolean>) | undefined;
  /**
   * A wait that the failure itself asks for (a Retry-After header, say), in milliseconds; it is asked with the error, or with the result that
   * `whenResult` wants another attempt for. For undefined, or what is no number >= 0 (a date that has passed, a header that cannot be read),
   * the backoff's holds.
   */
  readonly retryAfter?: ((failure: unknown) => number | undefined) | undefined;
  /** No wait is started that would end later than this many milliseconds after the first call. Default: Infinity. */
  readonly maxElapsed?: number | undefined;
  /** Limits the repetitions of all calls that share it; where it is spent, there is no wait and no further attempt. */
  readonly budget?: RetryBudget | undefined;
  /** Told before each wait; what it throws is ignored. */
  readonly onRetry?: ((event: RetryEvent<T>) => void) | undefined;
}

/** Looks at options, and gives them back. */
export function checkRetry<O extends RetryOptions<never>>(options: O): O {
  const { attempts = 1, backoff = 0, maxElapsed = 0, budget } = options;
  checkCount("retry: attempts", attempts, 1);
  checkNumber("retry: maxElapsed", maxElapsed);
  if (typeof backoff !== "function") checkNumber("retry: backoff", backoff);
  for (const name of ["when", "whenResult", "retryAfter", "onRetry"] as const) {
    checkCallback(`retry: ${name}`, options[name]);
  }
  checkBudget("retry: budget", budget);
  return options;
}

/**
 * Calls a task again when it fails, with a wait between the attempts.
 *
 * There is no wait after the last attempt. A wait ends at once when `signal` aborts, and no further call is made. An attempt that
 * runs is not let go: its own `signal` is the caller's, and it is followed to its end. Every failure is repeated, also a programming error:
 * `when` tells which are worth it.
 *
 * @param task what to call; its context's `attempt` counts from 1. It ends the repetition with `throw new StopRetry(cause)`
 * @param options `attempts`: calls at most, default 4; `backoff`: milliseconds or a function, default exponential from 100 ms with full
 * jitter; `when`: which failures to repeat, default all; `whenResult`: which results, default none; `retryAfter`: a wait that the failure
 * asks for; `maxElapsed`: milliseconds for all of it, default Infinity; `budget`: shared with other calls; `onRetry`: told before each
 * wait; `signal`: gives up
 * @returns the first value that `whenResult` does not want repeated, or the last attempt's
 * @throws the last attempt's failure; the `cause` of a StopRetry; `signal.reason` when aborted; what `when`, `whenResult`, `backoff` or
 * `retryAfter` throws; TypeError or RangeError for bad options; the same, with the failure as its `cause`, for a `backoff` that
 * gives no number >= 0
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { retry } from "yieldpoint";
 *
 * const answer = await retry(
 *   ({ attempt }) => {
 *     if (attempt < 3) throw new Error("503");
 *     return `worked at attempt ${attempt}`;
 *   },
 *   { backoff: 1 },
 * );
 * assert.equal(answer, "worked at attempt 3");
 * ```
 */
export function retry<T>(task: Task<T>, options?: RetryOptions<T>): Promise<T> {
  if (options === undefined && typeof task === "function") {
    // As most are called: all that is kept for a failure is the task, and no clock is read.
    return call(task, new Context()).then(undefined, (error: unknown) =>
      goOn(task, nothing, nothing, 0, { error }),
    );
  }
  return repeat(task, options);
}

// One for all: where many calls are pending, an object for each would count.
const nothing = {};

/**
 * @param caller who tells of an abort
 * @param checked the options, if they were looked at before
 */
export function repeat<T>(
  task: Task<T>,
  caller: AbortOptions = nothing,
  checked?: RetryOptions<T>,
): Promise<T> {
  try {
    const options = checked ?? checkRetry<RetryOptions<T>>(caller);
    checkFunction("retry: task", task);
    sourceOf(caller)?.throwIfAborted();
    options.budget?.deposit();
    return begin(task, caller, options, options.maxElapsed === undefined ? 0 : performance.now());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Apart from `repeat`, so that its two functions keep alive what they need and no more. */
function begin<T>(task: Task<T>, caller: AbortOptions, options: RetryOptions<T>, start: number): Promise<T> {
  return call(task, contextOf(caller, 1)).then(
    options.whenResult && ((value) => goOn(task, caller, options, start, { value })),
    (error: unknown) => goOn(task, caller, options, start, { error }),
  );
}

async function goOn<T>(
  task: Task<T>,
  caller: AbortOptions,
  options: RetryOptions<T>,
  start: number,
  ended: Ended<T>,
): Promise<T> {
  const { attempts = 4, backoff = standard, when, whenResult, maxElapsed = Infinity } = options;
  const source = sourceOf(caller);
  let delay = 0;
  for (let attempt = 1; ; attempt++) {
    const { error, value } = ended;
    const failed = "error" in ended;
    if (failed) {
      source?.throwIfAborted();
      if (error instanceof StopRetry) throw error.cause;
    }
    // The last one's result or failure is the answer, whatever it is.
    const again =
      attempt < attempts &&
      (await (failed ? !when || when(error, attempt) : whenResult?.(value as T, attempt)));
    if (again) {
      // An abort may have come while it was asked.
      source?.throwIfAborted();
      const asked = options.retryAfter?.(failed ? error : value);
      if (typeof asked === "number" && asked >= 0) delay = asked;
      else delay = typeof backoff === "function" ? checkWait(backoff(attempt, delay), error) : backoff;
    }
    if (!again || performance.now() - start + delay > maxElapsed || options.budget?.tryWithdraw() === false) {
      if (failed) throw error;
      return value as T;
    }
    notify(options.onRetry, { ...ended, attempt, delay });
    await sleep(delay, caller);
    // An abort may have come between the timer and this turn.
    source?.throwIfAborted();
    try {
      ended = { value: await task(contextOf(caller, attempt + 1)) };
    } catch (fault) {
      ended = { error: fault };
    }
  }
}

function checkWait(delay: number, cause: unknown): number {
  try {
    // A function is what passing `backoff.exponential` itself comes to.
    checkNumber("retry: what backoff gives", delay);
    return delay;
  } catch (fault) {
    throw Object.assign(fault as Error, { cause });
  }
}
