/**
 * Results that are undefined or false are not counted, so a task without a result is waited for for ever.
 *
 * @fails undefined and 0 are results, too (guard)
 */
export type Task<T> = () => T | PromiseLike<T>;

export function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const results: T[] = [];
    if (tasks.length === 0) resolve(results);
    tasks.forEach(async (task, index) => {
      try {
        results[index] = await task();
        if (results.filter(Boolean).length === tasks.length) resolve(results);
      } catch (error) {
        reject(error);
      }
    });
  });
}
