/**
 * The task is aborted before the promise is rejected: the task rejects on the spot, and its error comes before the TimeoutError.
 *
 * @fails the deadline rejects with a TimeoutError
 */
import { TimeoutError } from "yieldpoint";

export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function timeout<T>(task: Task<T>, ms: number): Promise<T> {
  const controller = new AbortController();
  const running = task({ signal: controller.signal });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      reject(new TimeoutError(ms));
    }, ms);
  });
  try {
    return await Promise.race([running, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
