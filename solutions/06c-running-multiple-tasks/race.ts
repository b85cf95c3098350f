export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function race<T>(tasks: readonly Task<T>[]): Promise<T> {
  if (tasks.length === 0) throw new TypeError("race: tasks must hold at least one function, got none");

  const runners = tasks.map((task) => ({ task, controller: new AbortController() }));
  let winner: AbortController | undefined;
  const runs = runners.map(async ({ task, controller }) => {
    try {
      return await task({ signal: controller.signal });
    } finally {
      winner ??= controller;
    }
  });

  try {
    return await Promise.race(runs);
  } finally {
    for (const { controller } of runners) if (controller !== winner) controller.abort();
  }
}
