import { onAbort } from "../core/abort-hub.ts";
import { check, checkFunction } from "../core/check.ts";
import { Scope } from "../core/scope.ts";
import { watch } from "../core/settlement.ts";
import { call, type AbortOptions, type Task } from "../core/task.ts";

/** Ends the competition with an error, or lets it go on. */
type OnFailure = (error: unknown, index: number, end: (error: unknown) => void, count: number) => void;

/**
 * Starts all tasks; the first value wins. Each task has a scope of its own, because the winner must not be told
 * to stop: its result, a response whose body is still to be read, say, may depend on its signal.
 */
export function compete<T>(
  name: string,
  tasks: Iterable<Task<T>>,
  { signal }: AbortOptions,
  onFailure: OnFailure,
): Promise<T> {
  return new Promise((resolve, reject) => {
    check(
      typeof tasks === "object" && Symbol.iterator in Object(tasks),
      `${name}: tasks`,
      "an iterable of functions",
      tasks,
    );
    const list = [...tasks];
    check(list.length > 0, `${name}: tasks`, "at least one function", tasks);
    list.forEach((task, index) => checkFunction(`${name}: task ${index}`, task));

    const scopes: Scope[] = [];
    const leaves: (() => void)[] = [];
    let over = false;

    /** Leaves all tasks, and tells those that did not win. */
    const end = (winner?: Scope, reason?: unknown): void => {
      over = true;
      for (const leave of leaves) leave();
      for (const scope of scopes) if (scope !== winner) scope.abort(reason);
    };
    leaves.push(
      onAbort(signal, (reason) => {
        reject(reason);
        end(undefined, reason);
      }),
    );
    for (const [index, task] of list.entries()) {
      // A task may abort the caller's signal as it starts: the rest is not started then.
      if (over) break;
      const scope = new Scope();
      scopes.push(scope);
      const lose = (error: unknown): void => {
        reject(error);
        end(scope);
      };
      const leave = watch(
        call(task, scope),
        (value) => {
          resolve(value as T);
          end(scope);
        },
        (error) => onFailure(error, index, lose, list.length),
      );
      leaves.push(leave);
      if (over) leave();
    }
  });
}
