// The same by hand: what Promise.all does is a counter and one array.

export type Task<T> = () => T | PromiseLike<T>;

export function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const results: T[] = [];
    let left = tasks.length;
    if (left === 0) resolve(results);

    for (const [index, task] of tasks.entries()) {
      start(task).then((value) => {
        results[index] = value;
        left--;
        if (left === 0) resolve(results);
      }, reject); // Only the first rejection counts; those that come later are handled by being ignored.
    }
  });
}

/** Calls the task now; what it throws becomes a rejection. */
function start<T>(task: Task<T>): Promise<T> {
  return new Promise((resolve) => {
    resolve(task());
  });
}
