/**
 * Each task is awaited before the next is called, so the times add up.
 *
 * @fails all tasks start at once
 * @fails the results stand in the order of the tasks
 * @fails the first failure rejects at once
 * @fails a task that throws is a failure like any other
 * @fails a later failure does not float
 */
export type Task<T> = () => T | PromiseLike<T>;

export async function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  const results: T[] = [];
  for (const task of tasks) {
    const result = await task();
    results.push(result);
  }
  return results;
}
