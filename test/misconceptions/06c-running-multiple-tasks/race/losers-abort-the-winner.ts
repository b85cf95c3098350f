/**
 * Every task that ends aborts all others: a loser that stops when it is told aborts the winner in turn.
 *
 * @fails a loser that stops does not stop the winner
 * @fails the one whose failure decides the race is not told either
 */
export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function race<T>(tasks: readonly Task<T>[]): Promise<T> {
  if (tasks.length === 0) throw new TypeError("race: no tasks");
  const controllers = tasks.map(() => new AbortController());
  const runs = tasks.map(async (task, index) => {
    const own = controllers[index] as AbortController;
    try {
      return await task({ signal: own.signal });
    } finally {
      for (const other of controllers) if (other !== own) other.abort();
    }
  });
  return Promise.race(runs);
}
