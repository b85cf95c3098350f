/**
 * Promise.race of an empty list never settles, and nothing looks at the list before.
 *
 * @fails an empty list is refused
 */
export interface TaskContext {
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

export async function race<T>(tasks: readonly Task<T>[]): Promise<T> {
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
  }
}
