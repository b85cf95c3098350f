import { checkFunction } from "../core/check.ts";
import { contextOf, sourceOf } from "../core/scope.ts";
import type { AbortOptions, Policy, Task, TaskContext } from "../core/task.ts";

/** Which failures `fallback` answers. */
export interface FallbackOptions extends AbortOptions {
  /** Whether this failure is answered. Default: every one is. It is not asked about the failure of a caller that gave up. */
  readonly when?: ((error: unknown) => boolean | PromiseLike<boolean>) | undefined;
}

/** What answers in a task's place; its context is the task's, so it may be handed to another pattern. */
export type FallbackAnswer<F> = (error: unknown, context: TaskContext) => F | PromiseLike<F>;

/**
 * Answers in a task's place when it fails.
 *
 * The caller's own abort is never answered: once `signal` has aborted, a failure rejects with its reason. Task and answer are
 * each followed to the end, and what they succeed with is given although `signal` has aborted meanwhile.
 *
 * @param task what to run; its `signal` is the caller's
 * @param answer what to say instead, plain or awaited; it is given the failure, and the context that the task had
 * @param options `when`: which failures to answer, default all; `signal`: looked at before the task starts, and handed to it
 * @returns the task's value, or the answer
 * @throws `signal.reason` when aborted; the task's failure where `when` says no; what `answer` or `when` fails with, as it is: whoever
 * wants to keep the first failure makes it the `cause`; TypeError for a task, an answer or a `when` that is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fallback } from "yieldpoint";
 *
 * const load = async (): Promise<string> => { throw new Error("503"); };
 * const stored = (error: unknown) => `stored, because of ${(error as Error).message}`;
 * assert.equal(await fallback(load, stored), "stored, because of 503");
 * await assert.rejects(fallback(load, stored, { when: (error) => error instanceof TypeError }), /503/);
 * ```
 */
export async function fallback<T, F>(
  task: Task<T>,
  answer: FallbackAnswer<F>,
  options: FallbackOptions = {},
): Promise<T | F> {
  return answering(answer, options)(task, options);
}

/** Looks at the options once, for any number of calls. */
export function answering<F>(
  answer: FallbackAnswer<F>,
  { when = () => true }: FallbackOptions,
): Policy<F>["execute"] {
  checkFunction("fallback: answer", answer);
  checkFunction("fallback: when", when);
  return async (task, caller = {}) => {
    checkFunction("fallback: task", task);
    const source = sourceOf(caller);
    source?.throwIfAborted();
    const context = contextOf(caller);
    try {
      return await task(context);
    } catch (error) {
      const counts = !source?.aborted && (await when(error));
      // An abort may have come while `when` was asked.
      source?.throwIfAborted();
      if (!counts) throw error;
      return answer(error, context);
    }
  };
}
