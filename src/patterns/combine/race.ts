import type { AbortOptions, Task } from "../core/task.ts";
import { compete } from "./compete.ts";

/**
 * Runs tasks at once and settles as the first of them does, with its value or its failure.
 *
 * The other tasks' signals abort, and what they do later is ignored: no unhandled rejection comes of it.
 *
 * @param tasks any iterable of tasks, at least one
 * @param options `signal`: gives up, telling all tasks
 * @returns the value of the first task to settle
 * @throws the failure of the first task to settle; `signal.reason` when aborted; TypeError where there is nothing to
 * race or a task is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { race, sleep } from "yieldpoint";
 *
 * const winner = await race([
 *   async ({ signal }) => { await sleep(1_000, { signal }); return "slow mirror"; },
 *   async ({ signal }) => { await sleep(1, { signal }); return "fast mirror"; },
 * ]);
 * assert.equal(winner, "fast mirror");
 * ```
 */
export function race<T>(tasks: Iterable<Task<T>>, options?: AbortOptions): Promise<T>;
// For tasks that differ in what they give.
export function race<T extends Task<unknown>>(
  tasks: Iterable<T>,
  options?: AbortOptions,
): Promise<Awaited<ReturnType<T>>>;
export function race(tasks: Iterable<Task<unknown>>, options: AbortOptions = {}): Promise<unknown> {
  return compete("race", tasks, options, false);
}
