import { onAbort } from "../core/abort-hub.ts";
import { check } from "../core/check.ts";
import { call, type AbortOptions, type Task } from "../core/task.ts";
import { Run, type Host } from "./run.ts";
import { checkTasks, takeAll } from "./take.ts";

/** Ends the competition with an error, or lets it go on. */
type OnFailure = (error: unknown, index: number, end: (error: unknown) => void, count: number) => void;

/** Starts all tasks; the first value wins. */
export function compete<T>(
  name: string,
  tasks: Iterable<Task<T>>,
  { signal }: AbortOptions,
  onFailure: OnFailure,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const list = takeAll(name, "functions", tasks);
    check(list.length > 0, `${name}: tasks`, "at least one function", tasks);
    checkTasks(name, list);

    const runs: Run[] = [];
    let over = false;

    /** Leaves all tasks, and tells those that did not win. */
    const end = (winner?: Run, reason?: unknown): void => {
      over = true;
      leave();
      for (const run of runs) {
        run.leave();
        if (run !== winner) run.abort(reason);
      }
    };
    const host: Host = {
      onValue(value, run) {
        resolve(value as T);
        end(run);
      },
      onError(error, run) {
        const lose = (failure: unknown): void => {
          reject(failure);
          end(run);
        };
        onFailure(error, run.index, lose, list.length);
      },
    };
    const leave = onAbort(signal, (reason) => {
      reject(reason);
      end(undefined, reason);
    });
    for (let index = 0; index < list.length; index++) {
      const run = new Run(host, index);
      runs.push(run);
      run.follow(call(list[index] as Task<T>, run));
      // A task may abort the caller's signal as it starts: the rest is not started then.
      if (over) {
        run.leave();
        break;
      }
    }
  });
}
