/**
 * Promise.race picks the first, but nobody tells the others, so they run to their end.
 *
 * @fails the losers are told when there is a result
 * @fails the losers are told after a failure, too
 * @fails the winner is not told to stop
 * @fails a loser that stops does not stop the winner
 * @fails the one whose failure decides the race is not told either
 */
export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function race<T>(tasks: readonly Task<T>[]): Promise<T> {
  if (tasks.length === 0) throw new TypeError("race: no tasks");
  const controller = new AbortController();
  return Promise.race(tasks.map(async (task) => task({ signal: controller.signal })));
}
