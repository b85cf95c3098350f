import { onAbort } from "../core/abort-hub.ts";
import { checkFunction } from "../core/check.ts";
import { Context, Scope } from "../core/scope.ts";
import { call, type AbortOptions, type Task, type TaskContext } from "../core/task.ts";
import { isInduced } from "./induced.ts";

/** What a task that `group.start` runs is handed. */
export interface StartContext<T> extends TaskContext {
  /** Settles the promise that `start` gave; calling it again changes nothing. */
  readonly ready: (value: T) => void;
}

/** Runs tasks that end before the group does. Each starts at once; a task may start further ones. */
export interface TaskGroup {
  /** Aborts at the first failure in the group, and when the caller gives up; the group's tasks share it. */
  readonly signal: AbortSignal;
  /**
   * Runs a task. Its failure fails the group whether the promise is awaited or not. Once the group was told to stop, a task is not
   * started any more, and the promise rejects with the reason.
   */
  readonly spawn: <T>(task: Task<T>) => Promise<T>;
  /**
   * Runs a task that goes on after it is ready. The promise is settled by `context.ready(value)`, and rejects if the task ends before.
   */
  readonly start: <T = void>(task: (context: StartContext<T>) => unknown) => Promise<T>;
  /** Runs a task that is never told to stop, not even when the group was told before, and is waited for. */
  readonly shield: <T>(task: Task<T>) => Promise<T>;
}

/**
 * Runs a function that may start tasks, and ends only when all of them have.
 *
 * At the first failure, of the function or of a task, the group's signal aborts with that error. It waits for everything that runs, shielded
 * or not, and then rejects with an AggregateError, also if there is one failure only.
 *
 * @param body called with the group; it should stop when `group.signal` aborts
 * @param options `signal`: gives up, telling all tasks but the shielded ones, and waits for them
 * @returns what the body gives
 * @throws AggregateError, its `errors` each real failure once, in the order of their coming; what a task rejects with because it was told to
 * stop (the abort's reason, or an AbortError) is none. `signal.reason` when aborted and nothing failed; TypeError for a body that
 * is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sleep, taskGroup } from "yieldpoint";
 *
 * const total = await taskGroup(async (group) => {
 *   const one = group.spawn(() => 1);
 *   const two = group.spawn(async ({ signal }) => { await sleep(1, { signal }); return 2; });
 *   const port = await group.start<number>(async ({ ready }) => { ready(8080); await sleep(2); });
 *   return await one + await two + port;
 * });
 * assert.equal(total, 8083);
 *
 * const failing = taskGroup((group) => {
 *   void group.spawn(({ signal }) => sleep(60_000, { signal }));
 *   void group.spawn(() => { throw new Error("down"); });
 * });
 * await assert.rejects(failing, ({ errors }) => errors.length === 1 && errors[0].message === "down");
 * ```
 */
export function taskGroup<T>(
  body: (group: TaskGroup) => T | PromiseLike<T>,
  { signal }: AbortOptions = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    checkFunction("taskGroup: body", body);
    const scope = new Scope();
    /** Each once, in the order of their coming. */
    const errors = new Set<unknown>();
    let running = 0;
    let result: T;

    const leave = onAbort(signal, (reason) => scope.abort(reason));
    const end = (): void => {
      if (--running > 0) return;
      leave();
      if (errors.size > 0) reject(new AggregateError(errors, `taskGroup: ${errors.size} failed`));
      else if (scope.aborted) reject(scope.reason);
      else resolve(result);
    };
    /** Runs a part of the group, which is over when its parts are. */
    const run = <P>(part: Task<P>, shielded = false): Promise<P> => {
      running++;
      const promise = call(part, shielded ? new Scope() : scope);
      promise.then(end, (error: unknown) => {
        const induced = scope.aborted && (shielded ? error === scope.reason : isInduced(error, scope.reason));
        if (!induced) errors.add(error);
        scope.abort(error);
        end();
      });
      return promise;
    };
    const join = <P>(name: string, task: unknown, part: Task<P>, shielded = false): Promise<P> => {
      // The group can tell of nothing any more: this rejection is the caller's to handle.
      if (running === 0) return Promise.reject(new Error(`taskGroup.${name}: the group has ended`));
      return run((context) => {
        checkFunction(`taskGroup.${name}: task`, task);
        if (!shielded) scope.throwIfAborted();
        return part(context);
      }, shielded);
    };
    const group: TaskGroup = {
      get signal() {
        return scope.signal;
      },
      spawn: (task) => join("spawn", task, task),
      shield: (task) => join("shield", task, task, true),
      start: (task) => {
        const started = new Promise<never>((resolveStarted, rejectStarted) => {
          let isReady = false;
          const ready = (value: unknown): void => {
            isReady = true;
            resolveStarted(value as never);
          };
          const untilReady: Task<void> = async () => {
            await task(Object.assign(new Context(scope), { ready }));
            if (isReady) return;
            scope.throwIfAborted();
            throw new Error("taskGroup.start: the task ended before it was ready");
          };
          join("start", task, untilReady).catch(rejectStarted);
        });
        if (running > 0) started.catch(() => {});
        return started;
      },
    };
    void run(async () => {
      result = await body(group);
    });
  });
}
