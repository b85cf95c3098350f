/**
 * Nothing waits for what Promise.all gives, so the array is given back before any result is in it.
 *
 * @fails all tasks start at once
 * @fails the results stand in the order of the tasks
 * @fails the first failure rejects at once
 * @fails a task that throws is a failure like any other
 * @fails a later failure does not float
 * @fails a failure may have no reason (guard)
 */
export type Task<T> = () => T | PromiseLike<T>;

export async function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  const results: T[] = [];
  Promise.all(
    tasks.map(async (task, index) => {
      results[index] = await task();
    }),
  );
  return results;
}
