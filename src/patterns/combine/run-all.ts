import { onAbort } from "../core/abort-hub.ts";
import { check, checkCount, show } from "../core/check.ts";
import { Scope } from "../core/scope.ts";
import { call, type AbortOptions, type Task } from "../core/task.ts";
import { checkTasks } from "./take.ts";

/** How `gather` and `gatherSettled` run their tasks. */
export interface GatherOptions extends AbortOptions {
  /** How many tasks may run at once; an integer of at least 1. Default: Infinity. */
  readonly concurrency?: number | undefined;
}

/** What `gather` takes: any iterable of tasks, or a record of them. */
export type Tasks = Iterable<Task<unknown>> | Readonly<Record<string, Task<unknown>>>;

/** An object whose values are tasks, an interface too; a function is none, though it has no values that are not, and no more is text. */
export type TaskRecord<T> = T & object & { readonly [Symbol.hasInstance]?: never };

/** Each task's result in the shape that the tasks were given in. */
export type Gathered<T> = { -readonly [K in keyof T]: ResultOf<T[K]> };

/** Each task's end in the shape that the tasks were given in. */
export type Settled<T> = { -readonly [K in keyof T]: PromiseSettledResult<ResultOf<T[K]>> };

/** What a task, or a promise, gives. It may be missing from a record. */
export type ResultOf<T> =
  T extends PromiseLike<infer R> ? Awaited<R> : T extends (...args: never) => infer R ? Awaited<R> : never;

/** What one task's end comes to. Without an entry for failures, the first one ends it all. */
export interface Ends {
  readonly onValue?: (value: unknown) => unknown;
  readonly onError?: (reason: unknown) => unknown;
}

/** Starts the tasks in order, at most `concurrency` at once, and gives what their ends come to in the tasks' shape. */
export function runAll(
  name: string,
  tasks: Tasks,
  { concurrency = Infinity, signal }: GatherOptions,
  { onValue, onError }: Ends,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    checkCount(`${name}: concurrency`, concurrency, 1);
    const keys = Symbol.iterator in Object(tasks) ? undefined : Object.keys(Object(tasks));
    check(
      typeof tasks === "object" &&
        // A promise has no keys either, but is no empty record; an async iterator's methods are no tasks.
        (!keys ||
          (!(Symbol.asyncIterator in Object(tasks)) && (keys.length > 0 || show(tasks) === "Object"))),
      `${name}: tasks`,
      "an iterable or a record of functions",
      tasks,
    );
    const list = keys ? Object.values(tasks) : [...(tasks as Iterable<Task<unknown>>)];
    checkTasks(name, list, keys);

    const scope = new Scope();
    const results: unknown[] = [];
    let next = 0;
    let left = list.length;

    const fail = (reason: unknown): void => {
      if (left < 0) return;
      left = -1;
      leave();
      reject(reason);
      scope.abort(reason);
    };
    const leave = onAbort(signal, fail);
    const end = (index: number, result: unknown): void => {
      if (left < 0) return;
      results[index] = result;
      if (--left === 0) finish();
      else if (next < list.length) start();
    };
    const finish = (): void => {
      left = -1;
      leave();
      resolve(keys ? Object.fromEntries(keys.map((key, index) => [key, results[index]])) : results);
    };
    const start = (): void => {
      const index = next++;
      call(list[index] as Task<unknown>, scope).then(
        (value) => end(index, onValue ? onValue(value) : value),
        onError ? (reason) => end(index, onError(reason)) : fail,
      );
    };

    if (left === 0) finish();
    // A task may abort the caller's signal as it starts: the rest is not started then.
    while (left > 0 && next < Math.min(concurrency, list.length)) start();
  });
}
