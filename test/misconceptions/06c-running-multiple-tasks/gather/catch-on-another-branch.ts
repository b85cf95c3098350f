/**
 * then() makes a second promise, which fails with the task; the catch() hangs on the first one, so nobody listens to the second.
 *
 * @fails a task that throws is a failure like any other
 * @fails a later failure does not float
 */
export type Task<T> = () => T | PromiseLike<T>;

export function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const results: T[] = [];
    let left = tasks.length;
    if (left === 0) resolve(results);
    tasks.forEach((task, index) => {
      const promise = new Promise<T>((settle) => settle(task()));
      promise.then((value) => {
        results[index] = value;
        left--;
        if (left === 0) resolve(results);
      });
      promise.catch(reject);
    });
  });
}
