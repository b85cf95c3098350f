/**
 * The timer is armed before the task is called, so it fires first where both are due at the same moment.
 *
 * @fails a result that is due at the deadline counts
 */
import { TimeoutError } from "yieldpoint";

export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function timeout<T>(task: Task<T>, ms: number): Promise<T> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new TimeoutError(ms));
      controller.abort();
    }, ms);
  });
  try {
    return await Promise.race([task({ signal: controller.signal }), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
