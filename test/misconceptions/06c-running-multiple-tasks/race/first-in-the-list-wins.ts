/**
 * The promises are awaited in the order of the list, so the first in the list wins and not the first to be over.
 *
 * @fails the first to be over wins
 * @fails a failure wins, too
 * @fails the losers are told when there is a result
 * @fails the losers are told after a failure, too
 * @fails the one whose failure decides the race is not told either
 * @fails a loser that fails later does not float
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
  for (const run of runs) {
    const { value, own } = await run;
    for (const other of controllers) if (other !== own) other.abort();
    return value;
  }
  throw new TypeError("race: no tasks");
}
