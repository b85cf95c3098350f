import { check, checkFunction } from "../core/check.ts";
import { contextOf } from "../core/scope.ts";
import { call, type AbortOptions, type Answer, type Policy, type Task } from "../core/task.ts";

/**
 * Makes one policy of several: the first is outermost and calls the second, and so on; the last calls the task.
 *
 * Each runs in the scope of the one before it, and so does the task: whichever gives up tells all those inside. The task's `attempt` is
 * that of the repetition around it. A signal that nobody reads is not made.
 *
 * The order matters. `compose(retry, timeout)` gives each attempt its time, `compose(timeout, retry)` all of them together. A breaker
 * stands outside the timeout, so that what hangs counts as a failure; a bulkhead inside it, so that waiting counts as well. A task that was
 * let go at its deadline keeps its slot in a bulkhead inside until it is over.
 *
 * @param policies anything with an `execute` such as `Policy` has, outermost first; of none, the task is simply called
 * @returns a policy, to be used for any number of tasks at once
 * @throws TypeError for what is no policy
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Bulkhead, CircuitBreaker, compose, retryPolicy, timeoutPolicy } from "yieldpoint";
 *
 * const policy = compose(
 *   retryPolicy({ attempts: 3, backoff: 1 }),
 *   new CircuitBreaker(),
 *   timeoutPolicy(1_000),
 *   new Bulkhead({ concurrency: 10 }),
 * );
 * const answer = await policy.execute(({ attempt }) => {
 *   if (attempt < 3) throw new Error("503");
 *   return `worked at attempt ${attempt}`;
 * });
 * assert.equal(answer, "worked at attempt 3");
 * ```
 */
export function compose<P extends readonly Policy<unknown>[]>(...policies: P): Policy<Answer<P[number]>>;
export function compose(...policies: readonly Policy<unknown>[]): Policy<unknown> {
  type Execute = Policy<unknown>["execute"];
  const direct: Execute = (task, options) => call(task, contextOf(options ?? {}));
  const execute = policies.reduceRight<Execute>((inside, policy, index) => {
    const ok = typeof (policy as Partial<Policy> | null)?.execute === "function";
    check(ok, `compose: policy ${index + 1}`, "a Policy", policy);
    // The innermost is handed the task itself.
    if (inside === direct) return (task, options) => policy.execute(task, options);
    return (task, options) => policy.execute((context) => inside(task, context), options);
  }, direct);
  return {
    execute<T>(task: Task<T>, options?: AbortOptions) {
      try {
        checkFunction("compose.execute: task", task);
        return execute(task, options);
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
}
