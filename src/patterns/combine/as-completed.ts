import { onAbort } from "../core/abort-hub.ts";
import { checkCount } from "../core/check.ts";
import { Ring } from "../core/ring.ts";
import { Scope } from "../core/scope.ts";
import { call, type Task } from "../core/task.ts";
import type { Done } from "./wait.ts";
import type { GatherOptions, Result } from "./run-all.ts";
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

interface Arrival {
  readonly scope: Scope;
  readonly entry: Completed<unknown> | Done<unknown>;
}

interface Reader {
  readonly resolve: (step: IteratorResult<unknown, undefined>) => void;
  readonly reject: (reason: unknown) => void;
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
): AsyncIterableIterator<Done<Result<T>>, undefined>;
export function asCompleted<T extends Task<unknown>>(
  tasks: Iterable<T>,
  options?: AsCompletedOptions & { readonly settled?: false | undefined },
): AsyncIterableIterator<Completed<Result<T>>, undefined>;
export function asCompleted(
  tasks: Iterable<Task<unknown>>,
  { concurrency = Infinity, settled = false, signal }: AsCompletedOptions = {},
): AsyncIterableIterator<unknown, undefined> {
  checkCount("asCompleted: concurrency", concurrency, 1);
  const list = takeAll("asCompleted", "functions", tasks);
  checkTasks("asCompleted", list);

  // Each task has a scope of its own: one whose result was given must not be told to stop.
  const running = new Set<Scope>();
  const arrived = new Ring<Arrival>();
  const readers = new Ring<Reader>();
  let failure: { readonly reason: unknown } | undefined;
  let begun = false;
  let upcoming = 0;
  let over = false;
  let leave = (): void => {};

  const start = (): void => {
    while (upcoming < list.length && running.size < concurrency) {
      const index = upcoming++;
      const scope = new Scope();
      running.add(scope);
      call(list[index] as Task<unknown>, scope).then(
        (value) => arrive(scope, settled ? { index, status: "fulfilled", value } : { index, value }),
        (reason: unknown) => {
          if (settled) arrive(scope, { index, status: "rejected", reason });
          else fail(scope, reason);
        },
      );
    }
  };
  const arrive = (scope: Scope, entry: Arrival["entry"]): void => {
    running.delete(scope);
    if (!over) {
      arrived.push({ scope, entry });
      start();
    }
    deliver();
  };
  const fail = (scope: Scope, reason: unknown): void => {
    running.delete(scope);
    if (!over) {
      failure = { reason };
      stop(reason);
    }
    deliver();
  };
  /** Starts nothing further, and tells the tasks that run. */
  const stop = (reason?: unknown): void => {
    over = true;
    upcoming = list.length;
    leave();
    for (const scope of running) scope.abort(reason);
  };
  const drop = (reason?: unknown): void => {
    while (arrived.size > 0) arrived.shift().scope.abort(reason);
  };
  const deliver = (): void => {
    while (readers.size > 0) {
      if (arrived.size > 0) readers.shift().resolve({ done: false, value: arrived.shift().entry });
      else if (running.size > 0) return;
      else end(readers.shift());
    }
  };
  const end = ({ resolve, reject }: Reader): void => {
    leave();
    if (failure) reject(failure.reason);
    else resolve({ done: true, value: undefined });
    failure = undefined;
  };

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (!begun) {
          begun = true;
          leave = onAbort(signal, (reason) => {
            failure = { reason };
            drop(reason);
            stop(reason);
            deliver();
          });
          start();
        }
        readers.push({ resolve, reject });
        deliver();
      }),
    return: () =>
      new Promise((resolve, reject) => {
        begun = true;
        failure = undefined;
        drop();
        stop();
        readers.push({ resolve, reject });
        deliver();
      }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
