/**
 * The timer is cleared on the line after the await, which is not reached when the task fails.
 *
 * @fails no timer is left after a failure
 * @fails no timer is left after a task that throws
 * @fails a task that fails in time is not told to stop (guard)
 */
import { TimeoutError } from "yieldpoint";

export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function timeout<T>(task: Task<T>, ms: number): Promise<T> {
  const controller = new AbortController();
  const running = (async () => task({ signal: controller.signal }))();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new TimeoutError(ms));
      controller.abort();
    }, ms);
  });
  const value = await Promise.race([running, deadline]);
  clearTimeout(timer);
  return value;
}
