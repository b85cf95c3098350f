/**
 * Each result is pushed when it comes in, so the results stand in the order of completion.
 *
 * @fails the results stand in the order of the tasks
 */
export type Task<T> = () => T | PromiseLike<T>;

export async function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  const results: T[] = [];
  await Promise.all(
    tasks.map(async (task) => {
      results.push(await task());
    }),
  );
  return results;
}
