/**
 * finally() makes a second promise, which fails with the task; nobody listens to that one, so a late failure floats.
 *
 * @fails a late failure does not float
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
    const timer = setTimeout(() => {
      reject(new TimeoutError(ms));
      controller.abort();
    }, ms);
    running.finally(() => clearTimeout(timer));
  });
  return Promise.race([running, deadline]);
}
