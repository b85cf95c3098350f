import type { Task } from "../core/task.ts";
import {
  runAll,
  type Gathered,
  type GatherOptions,
  type ResultOf,
  type TaskRecord,
  type Tasks,
} from "./run-all.ts";

/**
 * Runs tasks at once and gives their results in the order, or under the names, of the tasks.
 *
 * At the first failure the other tasks' signals abort with that error, those that still wait are not started,
 * and the promise rejects without waiting for the ones that run.
 *
 * @param tasks an array, any iterable, or a record of tasks; all are taken and checked before the first starts
 * @param options `concurrency`: how many may run at once, default Infinity; `signal`: gives up, telling all tasks
 * @returns the results: a tuple for a tuple, a record for a record, an array otherwise
 * @throws the first task's failure; `signal.reason` when aborted; TypeError for a task that is no function;
 * TypeError or RangeError for a `concurrency` that is no integer >= 1
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { gather, sleep } from "yieldpoint";
 *
 * const [user, orders] = await gather([
 *   async () => ({ name: "Ada" }),
 *   async ({ signal }) => { await sleep(5, { signal }); return [1, 2]; },
 * ]);
 * assert.equal(user.name, "Ada");
 * assert.deepEqual(orders, [1, 2]);
 *
 * const named = await gather({ a: () => 1, b: () => "two" });
 * assert.deepEqual(named, { a: 1, b: "two" });
 * ```
 */
export function gather<const T extends readonly Task<unknown>[] | []>(
  tasks: T,
  options?: GatherOptions,
): Promise<Gathered<T>>;
export function gather<T>(tasks: Iterable<Task<T>>, options?: GatherOptions): Promise<T[]>;
// For tasks that differ in what they give.
export function gather<T extends Task<unknown>>(
  tasks: Iterable<T>,
  options?: GatherOptions,
): Promise<ResultOf<T>[]>;
export function gather<T extends Readonly<Record<string, Task<unknown>>>>(
  tasks: T,
  options?: GatherOptions,
): Promise<Gathered<T>>;
// For an interface.
export function gather<T extends { readonly [K in keyof T]: Task<unknown> }>(
  tasks: TaskRecord<T>,
  options?: GatherOptions,
): Promise<Gathered<T>>;
export function gather(tasks: Tasks, options: GatherOptions = {}): Promise<unknown> {
  return runAll("gather", tasks, options, {});
}
