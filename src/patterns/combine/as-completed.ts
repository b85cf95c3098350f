import { checkCount } from "../core/check.ts";
import { call, type Task, type TaskContext } from "../core/task.ts";
import { mapped } from "../stream/map-stream.ts";
import type { Done } from "./wait.ts";
import type { GatherOptions, ResultOf } from "./run-all.ts";
import { checkTasks, takeAll } from "./take.ts";

/** How `asCompleted` runs its tasks. */
export interface AsCompletedOptions extends GatherOptions {
  /** Gives failures as entries, instead of throwing the first. Default: false. */
  readonly settled?: boolean | undefined;
}

/** A task's value, and which task it is. */
export interface Completed<T> {
  readonly index: number;
  readonly value: T;
}

/**
 * Runs tasks at once and gives their results as they come, to be read with `for await`.
 *
 * Nothing starts before the first result is asked for. At the first failure the other tasks' signals abort with that error; what
 * came before it is given first, then it is thrown. A loop that is left early (`break`, `return`, a throw) tells the tasks whose
 * results were not given yet. Either way, the loop goes on only once the tasks that run are over.
 *
 * @param tasks any iterable of tasks; all are taken and checked at the call
 * @param options `concurrency`: how many may run at once, default Infinity; `settled`: gives failures as entries, default false;
 * `signal`: gives up, telling all tasks
 * @returns an async iterable, to be read once: `{ index, value }`, or with `settled` `{ index, status: "fulfilled", value }` and
 * `{ index, status: "rejected", reason }`
 * @throws TypeError for a task that is no function; TypeError or RangeError for a `concurrency` that is no integer >= 1. The loop throws
 * the first task's failure, and `signal.reason` when aborted
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asCompleted, sleep } from "yieldpoint";
 *
 * const mirror = (ms: number) => async ({ signal }: { signal: AbortSignal }) => { await sleep(ms, { signal }); return ms; };
 * const seen: number[] = [];
 * for await (const { index, value } of asCompleted([mirror(60_000), mirror(100), mirror(1)])) {
 *   seen.push(index);
 *   if (value === 100) break; // the slow one is told to stop
 * }
 * assert.deepEqual(seen, [2, 1]);
 * ```
 */
export function asCompleted<T>(
  tasks: Iterable<Task<T>>,
  options: AsCompletedOptions & { readonly settled: true },
): AsyncIterableIterator<Done<T>, undefined>;
export function asCompleted<T>(
  tasks: Iterable<Task<T>>,
  options?: AsCompletedOptions & { readonly settled?: false | undefined },
): AsyncIterableIterator<Completed<T>, undefined>;
// For tasks that differ in what they give.
export function asCompleted<T extends Task<unknown>>(
  tasks: Iterable<T>,
  options: AsCompletedOptions & { readonly settled: true },
): AsyncIterableIterator<Done<ResultOf<T>>, undefined>;
export function asCompleted<T extends Task<unknown>>(
  tasks: Iterable<T>,
  options?: AsCompletedOptions & { readonly settled?: false | undefined },
): AsyncIterableIterator<Completed<ResultOf<T>>, undefined>;
// For options of which it is not known.
export function asCompleted<T>(
  tasks: Iterable<Task<T>>,
  options?: AsCompletedOptions,
): AsyncIterableIterator<Completed<T> | Done<T>, undefined>;
export function asCompleted<T extends Task<unknown>>(
  tasks: Iterable<T>,
  options?: AsCompletedOptions,
): AsyncIterableIterator<Completed<ResultOf<T>> | Done<ResultOf<T>>, undefined>;
export function asCompleted(
  tasks: Iterable<Task<unknown>>,
  { concurrency = Infinity, settled = false, signal }: AsCompletedOptions = {},
): AsyncIterableIterator<unknown, undefined> {
  checkCount("asCompleted: concurrency", concurrency, 1);
  const list = takeAll("asCompleted", "functions", tasks);
  checkTasks("asCompleted", list);
  const run = (index: number, _place: number, context: TaskContext): Promise<unknown> =>
    call(list[index] as Task<unknown>, context).then(
      (value) => (settled ? { index, status: "fulfilled", value } : { index, value }),
      settled ? (reason: unknown) => ({ index, status: "rejected", reason }) : undefined,
    );
  return mapped(list.keys(), run, concurrency, { signal, ordered: false, ahead: true });
}
