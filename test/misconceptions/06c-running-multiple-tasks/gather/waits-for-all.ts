/**
 * All tasks are waited for before anybody looks for a failure.
 *
 * @fails the first failure rejects at once
 */
export type Task<T> = () => T | PromiseLike<T>;

export async function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(tasks.map(async (task) => task()));
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
