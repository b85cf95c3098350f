import { onAbort } from "../core/abort-hub.ts";
import { checkFunction, checkNumber } from "../core/check.ts";
import { TimeoutError } from "../core/errors.ts";
import { Scope } from "../core/scope.ts";
import { call, type AbortOptions, type Task } from "../core/task.ts";
import { startTimer } from "../core/timer.ts";

/** What `timeout` does beside rejecting. */
export interface TimeoutOptions<F> extends AbortOptions {
  /** Called when the deadline has passed; its result is the answer then, instead of a TimeoutError. */
  readonly fallback?: (() => F | PromiseLike<F>) | undefined;
}

/**
 * Gives a task a time to finish in.
 *
 * When the deadline passes, the task's signal aborts with the TimeoutError and its result is no longer waited for. A result
 * that is due with the deadline wins. The timer never outlives the call.
 *
 * @param task what to run; it should stop when its `signal` aborts, but need not
 * @param ms milliseconds, at least 0; over 2^31-1 is fine, Infinity sets no deadline
 * @param options `fallback`: answers in place of a TimeoutError; `signal`: gives up, telling the task
 * @returns the task's value, or the fallback's
 * @throws TimeoutError at the deadline, unless there is a fallback; the task's or the fallback's failure; `signal.reason`
 * when aborted; TypeError or RangeError for an `ms` that is no number >= 0 or a task that is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sleep, timeout } from "yieldpoint";
 *
 * const slow = async ({ signal }: { signal: AbortSignal }) => { await sleep(1_000, { signal }); return "fresh"; };
 * await assert.rejects(timeout(slow, 5), { code: "ERR_TIMEOUT" });
 * assert.equal(await timeout(slow, 5, { fallback: () => "cached" }), "cached");
 * ```
 */
export function timeout<T, F = never>(
  task: Task<T>,
  ms: number,
  { fallback, signal }: TimeoutOptions<F> = {},
): Promise<T | F> {
  return new Promise((resolve, reject) => {
    checkFunction("timeout: task", task);
    checkNumber("timeout: ms", ms, 0);
    if (fallback !== undefined) checkFunction("timeout: fallback", fallback);

    const scope = new Scope();
    let cancel = (): void => {};
    let over = false;
    const end = (): void => {
      over = true;
      cancel();
      leave();
    };
    const leave = onAbort(signal, (reason) => {
      end();
      reject(reason);
      scope.abort(reason);
    });

    let answer: Promise<T | F>;
    /** Settles as the promise does, unless another one has taken its place. */
    const follow = (promise: Promise<T | F>): void => {
      answer = promise;
      promise.then(
        (value) => {
          if (promise !== answer) return;
          end();
          resolve(value);
        },
        (error: unknown) => {
          if (promise !== answer) return;
          end();
          reject(error);
        },
      );
    };

    // The task goes first: where its own timer and the deadline fall due together, its timer fires first.
    follow(call(task, scope));
    // The task may have aborted the caller's signal as it started.
    if (over) return;
    cancel = startTimer(ms, () => {
      const error = new TimeoutError(ms);
      if (fallback) {
        follow(call(() => fallback(), scope));
      } else {
        end();
        reject(error);
      }
      scope.abort(error);
    });
  });
}
