// The same without Promise.race: the first to call `end` settles the race, and the calls of the others change nothing.

export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export function race<T>(tasks: readonly Task<T>[]): Promise<T> {
  if (tasks.length === 0) {
    return Promise.reject(new TypeError("race: tasks must hold at least one function, got none"));
  }
  return new Promise((resolve, reject) => {
    const runners = tasks.map((task) => ({ task, controller: new AbortController() }));
    let over = false;
    const end = (winner: AbortController, settle: () => void): void => {
      if (over) return;
      over = true;
      settle();
      for (const { controller } of runners) if (controller !== winner) controller.abort();
    };
    for (const { task, controller } of runners) {
      start(task, controller).then(
        (value) => end(controller, () => resolve(value)),
        (error: unknown) => end(controller, () => reject(error)),
      );
    }
  });
}

/** Calls the task now; what it throws becomes a rejection. */
function start<T>(task: Task<T>, { signal }: AbortController): Promise<T> {
  return new Promise((resolve) => {
    resolve(task({ signal }));
  });
}
