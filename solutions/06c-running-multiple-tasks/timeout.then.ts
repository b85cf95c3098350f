// The same without async and await: whichever comes first settles the promise, and what comes after changes nothing.

import { TimeoutError } from "yieldpoint";

export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export function timeout<T>(task: Task<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const running = start(task, controller);
    const timer = setTimeout(() => {
      const error = new TimeoutError(ms);
      reject(error);
      controller.abort(error);
    }, ms);
    running.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/** Calls the task now; what it throws becomes a rejection. */
function start<T>(task: Task<T>, { signal }: AbortController): Promise<T> {
  return new Promise((resolve) => {
    resolve(task({ signal }));
  });
}
