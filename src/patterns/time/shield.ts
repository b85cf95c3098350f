import { checkSignal } from "../core/abort-hub.ts";
import { checkFunction } from "../core/check.ts";
import { Context } from "../core/scope.ts";
import type { AbortOptions, Task } from "../core/task.ts";

/**
 * Runs a task that is not told of an abort, and follows it to its end: a commit that must not stop half-way.
 *
 * The signal counts only before the start. Once the task has started, the promise settles as the task does, whatever the signal
 * says; look at the signal after it. To give up the wait and let the work go on, use `abortable`.
 *
 * @param task what to run; its `signal` never aborts
 * @param options `signal`: does not start the task if it has aborted
 * @returns the task's value
 * @throws the task's failure; `signal.reason` when aborted before the start; TypeError for a task that is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { shield, sleep } from "yieldpoint";
 *
 * const controller = new AbortController();
 * const saving = shield(async ({ signal }) => { await sleep(5, { signal }); return "saved"; }, controller);
 * controller.abort();
 * assert.equal(await saving, "saved");
 * ```
 */
export async function shield<T>(task: Task<T>, { signal }: AbortOptions = {}): Promise<T> {
  checkFunction("shield: task", task);
  checkSignal(signal)?.throwIfAborted();
  return task(new Context());
}
