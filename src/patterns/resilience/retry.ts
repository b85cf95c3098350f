import { checkCount, checkFunction, checkNumber } from "../core/check.ts";
import { Scope } from "../core/scope.ts";
import type { AbortOptions, Task } from "../core/task.ts";
import { sleep } from "../time/sleep.ts";
import { exponential, type Backoff } from "./backoff.ts";
import { StopRetry } from "./stop-retry.ts";

/** What `onRetry` is told before each wait. */
export interface RetryEvent {
  /** What the attempt failed with. */
  readonly error: unknown;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** How long the next one waits, in milliseconds. */
  readonly delay: number;
}

/** When and how often `retry` repeats. */
export interface RetryOptions extends AbortOptions {
  /** How many calls are made at most, the first included; an integer of at least 1, or Infinity. Default: 4. */
  readonly attempts?: number | undefined;
  /** The waits between them: milliseconds, or a function of the attempt. Default: `backoff.exponential()`. */
  readonly backoff?: number | Backoff | undefined;
  /** Whether this failure is worth another attempt. Default: every one is. */
  readonly when?: ((error: unknown, attempt: number) => boolean | PromiseLike<boolean>) | undefined;
  /**
   * A wait that the failure itself asks for (a Retry-After header, say), in milliseconds. For undefined, or what is no number >= 0 (a
   * date that has passed, a header that cannot be read), the backoff's holds.
   */
  readonly retryAfter?: ((error: unknown) => number | undefined) | undefined;
  /** No wait is started that would end later than this many milliseconds after the first call. Default: Infinity. */
  readonly maxElapsed?: number | undefined;
  /** Told before each wait; what it throws is ignored. */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
}

const standard: Backoff = /* @__PURE__ */ exponential();

/**
 * Calls a task again when it fails, with a wait between the attempts.
 *
 * There is no wait after the last attempt. A wait ends at once when `signal` aborts, and no further call is made. An attempt that
 * runs is not let go: its own `signal` is the caller's, and it is followed to its end.
 *
 * @param task what to call; its context's `attempt` counts from 1. It ends the repetition with `throw new StopRetry(cause)`
 * @param options `attempts`: calls at most, default 4; `backoff`: milliseconds or a function, default exponential from 100 ms with full
 * jitter; `when`: which failures to repeat, default all; `retryAfter`: a wait that the failure asks for; `maxElapsed`: milliseconds for
 * all of it, default Infinity; `onRetry`: told before each wait; `signal`: gives up
 * @returns the first value
 * @throws the last attempt's failure; the `cause` of a StopRetry; `signal.reason` when aborted; what `when`, `backoff` or `retryAfter`
 * throws; TypeError or RangeError for bad options; the same, with the failure as its `cause`, for a `backoff` that
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
export async function retry<T>(task: Task<T>, options: RetryOptions = {}): Promise<T> {
  const {
    attempts = 4,
    backoff = standard,
    when,
    retryAfter,
    maxElapsed = Infinity,
    onRetry,
    signal,
  } = options;
  checkFunction("retry: task", task);
  checkCount("retry: attempts", attempts, 1);
  checkNumber("retry: maxElapsed", maxElapsed, 0);
  if (typeof backoff !== "function") checkNumber("retry: backoff", backoff, 0);
  if (when !== undefined) checkFunction("retry: when", when);
  if (retryAfter !== undefined) checkFunction("retry: retryAfter", retryAfter);
  if (onRetry !== undefined) checkFunction("retry: onRetry", onRetry);
  signal?.throwIfAborted();

  const start = performance.now();
  let delay = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(new Scope(signal, attempt));
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof StopRetry) throw error.cause;
      if (attempt >= attempts || (when && !(await when(error, attempt)))) throw error;
      // An abort may have come while `when` was asked.
      signal?.throwIfAborted();
      const asked = retryAfter?.(error) ?? -1;
      if (asked >= 0) delay = asked;
      else delay = typeof backoff === "function" ? backoff(attempt, delay) : backoff;
      try {
        checkNumber("retry: the wait", delay, 0);
      } catch (fault) {
        throw Object.assign(fault as Error, { cause: error });
      }
      if (performance.now() - start + delay > maxElapsed) throw error;
      try {
        onRetry?.({ error, attempt, delay });
      } catch {
        // A callback that throws breaks nothing.
      }
    }
    await sleep(delay, { signal });
  }
}
