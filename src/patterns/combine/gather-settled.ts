import type { Task } from "../core/task.ts";
import {
  runAll,
  type GatherOptions,
  type ResultOf,
  type Settled,
  type TaskRecord,
  type Tasks,
} from "./run-all.ts";

/**
 * Runs tasks at once and tells of each how it ended; a failure stops no other task.
 *
 * @param tasks an array, any iterable, or a record of tasks; all are taken and checked before the first starts
 * @param options `concurrency`: how many may run at once, default Infinity; `signal`: gives up, telling all tasks
 * @returns `{ status: "fulfilled", value }` or `{ status: "rejected", reason }` for each task, in the tasks' shape
 * @throws `signal.reason` when aborted; TypeError for a task that is no function; TypeError or RangeError for a
 * `concurrency` that is no integer >= 1. Never a task's failure.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { gatherSettled } from "yieldpoint";
 *
 * const [good, bad] = await gatherSettled([() => 1, () => { throw new Error("no"); }]);
 * assert.deepEqual(good, { status: "fulfilled", value: 1 });
 * assert.equal(bad.status, "rejected");
 * ```
 */
export function gatherSettled<const T extends readonly Task<unknown>[] | []>(
  tasks: T,
  options?: GatherOptions,
): Promise<Settled<T>>;
export function gatherSettled<T>(
  tasks: Iterable<Task<T>>,
  options?: GatherOptions,
): Promise<PromiseSettledResult<T>[]>;
// For tasks that differ in what they give.
export function gatherSettled<T extends Task<unknown>>(
  tasks: Iterable<T>,
  options?: GatherOptions,
): Promise<PromiseSettledResult<ResultOf<T>>[]>;
export function gatherSettled<T extends Readonly<Record<string, Task<unknown>>>>(
  tasks: T,
  options?: GatherOptions,
): Promise<Settled<T>>;
// For an interface.
export function gatherSettled<T extends { readonly [K in keyof T]: Task<unknown> }>(
  tasks: TaskRecord<T>,
  options?: GatherOptions,
): Promise<Settled<T>>;
export function gatherSettled(tasks: Tasks, options: GatherOptions = {}): Promise<unknown> {
  return runAll("gatherSettled", tasks, options, {
    onValue: (value) => ({ status: "fulfilled", value }),
    onError: (reason) => ({ status: "rejected", reason }),
  });
}
