import { TimeoutError } from "yieldpoint";

export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function timeout<T>(task: Task<T>, ms: number): Promise<T> {
  const controller = new AbortController();
  const start = async (): Promise<T> => task({ signal: controller.signal });
  const running = start();

  // Armed after the task was called: where the task's own timer is due with this one, the task's fires first.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new TimeoutError(ms);
      reject(error);
      controller.abort(error);
    }, ms);
  });

  try {
    return await Promise.race([running, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
