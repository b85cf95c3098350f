import { checkFunction } from "../core/check.ts";
import type { AbortOptions, TaskContext } from "../core/task.ts";
import { join, type Flight } from "./flight.ts";

/**
 * Lets all who ask for one key at the same time share one run, and its value itself, not a copy.
 *
 * Nothing is kept: once a run has ended, with a value or a failure, the next call starts another. A caller that aborts gives up its
 * own wait alone. When all callers of a run have, its signal aborts, and the next call starts afresh even if the old run is not over yet.
 *
 * A run starts in the stack of its first caller and has that caller's AsyncLocalStorage context, whoever joins later; so let
 * the result depend on the key and on nothing else. A run that asks for its own key waits for itself, for ever.
 *
 * @param run called with the key and a context, whose `signal` aborts when all callers have given up, with the last one's reason
 * @returns a function of the key, which is compared as by a Map, and `{ signal }`, which gives up; its promise has the run's value. It
 * rejects with the run's failure, and with `signal.reason` when aborted; a call that is aborted already starts nothing
 * @throws TypeError for a `run` that is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { singleFlight, sleep } from "yieldpoint";
 *
 * let queries = 0;
 * const findUser = singleFlight(async (id: number, { signal }) => {
 *   queries++;
 *   await sleep(1, { signal });
 *   return { id };
 * });
 * const [a, b] = await Promise.all([findUser(7), findUser(7), findUser(8)]);
 * assert.equal(a, b);
 * assert.equal(queries, 2);
 * ```
 */
export function singleFlight<K, T>(
  run: (key: K, context: TaskContext) => T | PromiseLike<T>,
): (key: K, options?: AbortOptions) => Promise<T> {
  checkFunction("singleFlight: run", run);
  const flights = new Map<K, Flight<T>>();
  return (key, options = {}) => join(flights, key, (context) => run(key, context), options);
}
