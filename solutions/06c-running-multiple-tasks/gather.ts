export type Task<T> = () => T | PromiseLike<T>;

export async function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  // The inner function is async so that a task that throws gives a rejected promise, and the next is still called.
  return Promise.all(tasks.map(async (task) => task()));
}
