/**
 * The winner is noted on the line after the await, which a task that fails does not reach: it is told to stop like a loser.
 *
 * @fails the one whose failure decides the race is not told either
 */
export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function race<T>(tasks: readonly Task<T>[]): Promise<T> {
  if (tasks.length === 0) throw new TypeError("race: no tasks");
  const controllers = tasks.map(() => new AbortController());
  let winner: AbortController | undefined;
  const runs = tasks.map(async (task, index) => {
    const own = controllers[index] as AbortController;
    const value = await task({ signal: own.signal });
    winner ??= own;
    return value;
  });
  try {
    return await Promise.race(runs);
  } finally {
    for (const other of controllers) if (other !== winner) other.abort();
  }
}
