/**
 * A task is a function, and none is called here: Promise.all waits for promises and gives back anything else as it is.
 *
 * @fails all tasks start at once
 * @fails the results stand in the order of the tasks
 * @fails the first failure rejects at once
 * @fails a task that throws is a failure like any other
 * @fails a later failure does not float
 * @fails undefined and 0 are results, too (guard)
 * @fails a task may give a value without a promise (guard)
 * @fails what a task gives may be any object with then() (guard)
 * @fails a failure may have no reason (guard)
 */
export type Task<T> = () => T | PromiseLike<T>;

export function gather<T>(tasks: readonly Task<T>[]): Promise<T[]> {
  return Promise.all(tasks as unknown as T[]);
}
