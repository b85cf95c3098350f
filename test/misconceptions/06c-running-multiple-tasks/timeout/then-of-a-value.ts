/**
 * then() is called on what the task gives, which need not be a promise: a plain value has no then().
 *
 * @fails a task may give a value without a promise (guard)
 */
import { TimeoutError } from "yieldpoint";

export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export function timeout<T>(task: Task<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const running = task({ signal: controller.signal }) as Promise<T>;
    const timer = setTimeout(() => {
      const error = new TimeoutError(ms);
      reject(error);
      controller.abort(error);
    }, ms);
    running.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
