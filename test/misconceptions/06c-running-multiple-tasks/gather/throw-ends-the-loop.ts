/**
 * A task that throws ends the loop that starts the tasks: those after it are not started, and nobody listens to those before it.
 *
 * @fails a task that throws is a failure like any other
 */
export type Task<T> = () => T | PromiseLike<T>;

export async function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  return Promise.all(tasks.map((task) => task()));
}
