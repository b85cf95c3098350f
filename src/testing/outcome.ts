import type { Observed } from "./observe.ts";

/**
 * Says in a message what has become of a promise: `still waits`, `gave 42`, or `rejected with "Error: no stock"`.
 *
 * @param observed - What `observe` returned.
 * @returns The end of a sentence that begins with the name of the call.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { observe, outcome, virtualTime } from "yieldpoint/testing";
 *
 * using clock = virtualTime();
 * const order = observe(Promise.all([1, 2]));
 * assert.equal(`order() ${outcome(order)}`, "order() still waits");
 * await clock.advance(0);
 * assert.equal(`order() ${outcome(order)}`, "order() gave [1, 2]");
 * ```
 */
export function outcome({ status, value, reason }: Observed<unknown>): string {
  if (status === "pending") return "still waits";
  return status === "fulfilled" ? `gave ${show(value)}` : `rejected with "${show(reason)}"`;
}

/**
 * A value in a message: short, and in one line. A function is shown without its code.
 *
 * @param value - Anything.
 * @returns Its text; of an array, that of its items.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { show } from "yieldpoint/testing";
 *
 * assert.equal(show(["slow", 2, Promise.resolve(3)]), "[slow, 2, a promise]");
 * ```
 */
export function show(value: unknown): string {
  // Array.from, because a result that never came in is a hole, which map() would skip.
  return Array.isArray(value) ? `[${Array.from(value, showOne).join(", ")}]` : showOne(value);
}

function showOne(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (value instanceof Promise) return "a promise";
  try {
    return String(value);
  } catch {
    return "an object that has no text";
  }
}
