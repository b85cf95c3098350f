import { checkFunction, checkNumber } from "../core/check.ts";
import { Context, sourceOf } from "../core/scope.ts";
import type { AbortOptions, TaskContext } from "../core/task.ts";
import { timeout } from "./timeout.ts";

/** What `moveOnAfter` hands to its task. */
export interface MoveOnContext<P> extends TaskContext {
  /** Keeps what there is so far, in place of what was kept before. After the deadline it does nothing. */
  readonly save: (partial: P) => void;
}

/** How `moveOnAfter` ended: with the task's value, or with what it had saved by the deadline. */
export type MovedOn<T, P> =
  { readonly done: true; readonly value: T } | { readonly done: false; readonly partial: P | undefined };

/**
 * Gives a task a time to finish in, and goes on with what it has got till then.
 *
 * When the deadline passes, the task's signal aborts with a TimeoutError and it is no longer waited for. A result that is due with
 * the deadline wins, if its timer was set as the task started. The timer never outlives the call.
 *
 * @param task what to run; it saves by `context.save(partial)`, and should stop when its `signal` aborts
 * @param ms milliseconds, at least 0; over 2^31-1 is fine, Infinity sets no deadline
 * @param options `signal`: gives up, telling the task
 * @returns `{ done: true, value }`, or at the deadline `{ done: false, partial }` with what was saved last, undefined if nothing was
 * @throws the task's failure; `signal.reason` when aborted; TypeError or RangeError for an `ms` that is no number >= 0 or a task that is
 * no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { moveOnAfter, sleep, type MoveOnContext } from "yieldpoint";
 *
 * const found = await moveOnAfter(async ({ signal, save }: MoveOnContext<string[]>) => {
 *   save(["near"]);
 *   await sleep(1_000, { signal });
 *   return ["near", "far"];
 * }, 5);
 * assert.deepEqual(found, { done: false, partial: ["near"] });
 * ```
 */
export async function moveOnAfter<T, P = T>(
  task: (context: MoveOnContext<P>) => T | PromiseLike<T>,
  ms: number,
  { signal }: AbortOptions = {},
): Promise<MovedOn<T, P>> {
  checkFunction("moveOnAfter: task", task);
  checkNumber("moveOnAfter: ms", ms);
  let partial: P | undefined;
  const save = (saved: P): void => {
    partial = saved;
  };
  let missed: { readonly done: false; readonly partial: P | undefined } | undefined;
  const value = await timeout(
    (scope) => task(Object.assign(new Context(sourceOf(scope), scope.attempt), { save })),
    ms,
    // What is saved from then on, as the task is told, comes too late.
    { signal, fallback: () => (missed = { done: false, partial }) },
  );
  return missed ?? { done: true, value: value as T };
}
