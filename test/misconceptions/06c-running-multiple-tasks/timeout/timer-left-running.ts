/**
 * The race is over when the task is, but the timer is never cleared and runs on to its deadline.
 *
 * @fails no timer is left after a result
 * @fails no timer is left after a failure
 * @fails no timer is left after a task that throws
 * @fails a task that is in time is not told to stop (guard)
 * @fails a task that fails in time is not told to stop (guard)
 * @fails a task may give a value without a promise (guard)
 */
import { TimeoutError } from "yieldpoint";

export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function timeout<T>(task: Task<T>, ms: number): Promise<T> {
  const controller = new AbortController();
  const running = (async () => task({ signal: controller.signal }))();
  const deadline = new Promise<never>((_resolve, reject) => {
    setTimeout(() => {
      reject(new TimeoutError(ms));
      controller.abort();
    }, ms);
  });
  return Promise.race([running, deadline]);
}
