import { check } from "../core/check.ts";
import { deferred, takeResolve } from "../core/deferred.ts";
import type { AbortOptions, Task } from "../core/task.ts";
import type { Host, Run } from "./run.ts";
import { startAll } from "./start-all.ts";
import { checkTasks, takeAll } from "./take.ts";

/**
 * Starts all tasks; the first value wins.
 *
 * @param patient whether a failure counts only if all fail; otherwise the first one ends it
 */
export function compete<T>(
  name: string,
  tasks: Iterable<Task<T>>,
  { signal }: AbortOptions,
  patient: boolean,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const list = takeAll(name, "functions", tasks);
    check(list.length > 0, `${name}: tasks`, "at least one function", tasks);
    checkTasks(name, list);

    const runs: Run[] = [];
    const errors: unknown[] = [];
    let failed = 0;
    /** Tells those that did not win. */
    const tell = (winner?: Run, reason?: unknown): void => {
      for (const run of runs) if (run !== winner) run.abort(reason);
    };
    // What is shared settles in the context of whoever came first: by way of a promise, the others hear of it in their caller's.
    void deferred<Run>().then(tell);
    const end = takeResolve<Run>();
    const host: Host = {
      onValue(value, run) {
        end(run);
        resolve(value as T);
        leave();
      },
      onError(error, run) {
        errors[run.index] = error;
        if (patient && ++failed < list.length) return;
        end(run);
        reject(patient ? new AggregateError(errors, `${name}: all ${failed} tasks failed`) : error);
        leave();
      },
    };
    const leave = startAll(list, runs, signal, host, (reason) => {
      reject(reason);
      tell(undefined, reason);
    });
  });
}
