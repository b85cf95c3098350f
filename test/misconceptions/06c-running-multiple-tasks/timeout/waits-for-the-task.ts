/**
 * The signal aborts, and then the task is awaited as before: a task that takes no notice of its signal holds up the caller.
 *
 * @fails a task that does not stop is not waited for
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
  const timer = setTimeout(() => controller.abort(new TimeoutError(ms)), ms);
  try {
    return await running;
  } finally {
    clearTimeout(timer);
  }
}
