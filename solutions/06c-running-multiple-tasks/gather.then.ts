// The same by hand: what Promise.all does is a counter and one array.

export type Task<T> = () => T | PromiseLike<T>;

export function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const results: T[] = [];
    let left = tasks.length;
    if (left === 0) resolve(results);

    for (const [index, task] of tasks.entries()) {
      const arrive = (value: T): void => {
        results[index] = value;
        left--;
        if (left === 0) resolve(results);
      };
      // Only the first call of reject counts. It handles the later failures, too, by doing nothing.
      start(task).then(arrive, reject);
    }
  });
}

/** Calls the task now; what it throws becomes a rejection. */
function start<T>(task: Task<T>): Promise<T> {
  return new Promise((resolve) => {
    resolve(task());
  });
}
