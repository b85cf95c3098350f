/**
 * All tasks share one signal, so whoever tells the losers to stop tells the winner, too.
 *
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
  try {
    return await Promise.race(tasks.map(async (task) => task({ signal: controller.signal })));
  } finally {
    controller.abort();
  }
}
