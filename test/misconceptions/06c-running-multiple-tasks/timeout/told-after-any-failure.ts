/**
 * The signal aborts in the catch, which a failure of the task reaches as well as the TimeoutError does.
 *
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
    timer = setTimeout(() => reject(new TimeoutError(ms)), ms);
  });
  try {
    return await Promise.race([running, deadline]);
  } catch (error) {
    controller.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
