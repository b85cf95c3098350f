/**
 * The losers are told and then waited for, so one that does not stop holds up the result.
 *
 * @fails the first to be over wins
 * @fails a failure wins, too
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
    try {
      return await task({ signal: own.signal });
    } finally {
      winner ??= own;
    }
  });
  try {
    return await Promise.race(runs);
  } finally {
    for (const other of controllers) if (other !== winner) other.abort();
    await Promise.allSettled(runs);
  }
}
