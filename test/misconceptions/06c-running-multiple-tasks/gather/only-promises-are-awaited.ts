/**
 * What a task gives is awaited only if it is an instance of Promise, so an object of a library with a then() is taken for the result.
 *
 * @fails what a task gives may be any object with then() (guard)
 */
export type Task<T> = () => T | PromiseLike<T>;

export function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const results: T[] = [];
    let left = tasks.length;
    if (left === 0) resolve(results);
    tasks.forEach((task, index) => {
      const arrive = (value: T): void => {
        results[index] = value;
        left--;
        if (left === 0) resolve(results);
      };
      try {
        const given = task();
        if (given instanceof Promise) given.then(arrive, reject);
        else arrive(given as T);
      } catch (error) {
        reject(error);
      }
    });
  });
}
