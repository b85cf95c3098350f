/**
 * The length of the array is taken for the number of results: it is full as soon as the last task has put its result in.
 *
 * @fails the results stand in the order of the tasks
 * @fails an empty list gives an empty array (guard)
 */
export type Task<T> = () => T | PromiseLike<T>;

export function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const results: T[] = [];
    tasks.forEach(async (task, index) => {
      try {
        results[index] = await task();
        if (results.length === tasks.length) resolve(results);
      } catch (error) {
        reject(error);
      }
    });
  });
}
