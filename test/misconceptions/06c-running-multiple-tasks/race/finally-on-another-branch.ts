/**
 * finally() makes a second promise, which fails with the task; nobody listens to that one, so every failure floats.
 *
 * @fails the losers are told after a failure, too
 * @fails a loser that fails later does not float
 */
export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function race<T>(tasks: readonly Task<T>[]): Promise<T> {
  if (tasks.length === 0) throw new TypeError("race: no tasks");
  const controllers = tasks.map(() => new AbortController());
  let winner: AbortController | undefined;
  const runs = tasks.map(async (task, index) =>
    task({ signal: (controllers[index] as AbortController).signal }),
  );
  runs.forEach((run, index) => {
    run.finally(() => {
      if (winner) return;
      winner = controllers[index];
      for (const other of controllers) if (other !== winner) other.abort();
    });
  });
  return Promise.race(runs);
}
