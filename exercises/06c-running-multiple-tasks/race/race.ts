export interface TaskContext {
  /** Aborts when the task's result is no longer wanted. */
  readonly signal: AbortSignal;
}

/** Work that has not started yet; it should stop when its signal aborts. */
export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

/** Runs the tasks at once and settles as the first of them does. */
export async function race<T>(tasks: readonly Task<T>[]): Promise<T> {
  // Your code here. For now, only the first in the list takes part, and nobody is ever told to stop.
  const { signal } = new AbortController();
  return Promise.race(tasks.slice(0, 1).map((task) => task({ signal })));
}
