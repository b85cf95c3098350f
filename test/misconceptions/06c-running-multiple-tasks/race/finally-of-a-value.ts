/**
 * finally() is called on what the task gives, which need not be a promise: a plain value has no finally().
 *
 * @fails a task may give a value without a promise (guard)
 */
export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function race<T>(tasks: readonly Task<T>[]): Promise<T> {
  if (tasks.length === 0) throw new TypeError("race: no tasks");
  const controllers = tasks.map(() => new AbortController());
  let winner: AbortController | undefined;
  const runs = tasks.map((task, index) => {
    const own = controllers[index] as AbortController;
    const promise = task({ signal: own.signal }) as Promise<T>;
    return promise.finally(() => {
      if (winner) return;
      winner = own;
      for (const other of controllers) if (other !== winner) other.abort();
    });
  });
  return Promise.race(runs);
}
