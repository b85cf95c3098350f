import type { AbortOptions, Task } from "../core/task.ts";
import { compete } from "./compete.ts";

/**
 * Runs tasks at once and gives the first success; failures count only if every task fails.
 *
 * The other tasks' signals abort at the first success, and what they do later is ignored.
 *
 * @param tasks any iterable of tasks, at least one
 * @param options `signal`: gives up, telling all tasks
 * @returns the value of the first task to succeed
 * @throws AggregateError when every task failed, `errors` in the order of the tasks; `signal.reason` when aborted;
 * TypeError where there is nothing to run or a task is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { any } from "yieldpoint";
 *
 * assert.equal(await any([() => { throw new Error("mirror down"); }, () => "the other mirror"]), "the other mirror");
 * ```
 */
export function any<T>(tasks: Iterable<Task<T>>, options?: AbortOptions): Promise<T>;
// For tasks that differ in what they give.
export function any<T extends Task<unknown>>(
  tasks: Iterable<T>,
  options?: AbortOptions,
): Promise<Awaited<ReturnType<T>>>;
export function any(tasks: Iterable<Task<unknown>>, options: AbortOptions = {}): Promise<unknown> {
  return compete("any", tasks, options, true);
}
