/**
 * The losers are told on the line after the await, which is not reached when the first to be over has failed.
 *
 * @fails the losers are told after a failure, too
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
    return { value: await task({ signal: own.signal }), own };
  });
  const { value, own } = await Promise.race(runs);
  for (const other of controllers) if (other !== own) other.abort();
  return value;
}
