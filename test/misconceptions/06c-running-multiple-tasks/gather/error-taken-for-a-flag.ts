/**
 * Whether a task has failed is read from its error, so a failure whose error is undefined goes unnoticed.
 *
 * @fails a failure may have no reason (guard)
 */
export type Task<T> = () => T | PromiseLike<T>;

export function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const results: T[] = [];
    let left = tasks.length;
    if (left === 0) resolve(results);
    tasks.forEach(async (task, index) => {
      let failure: unknown;
      try {
        results[index] = await task();
      } catch (error) {
        failure = error;
      }
      left--;
      if (failure) reject(failure);
      else if (left === 0) resolve(results);
    });
  });
}
