import { FactError } from "./errors.ts";

/**
 * Throws the fact if the condition does not hold.
 *
 * @param condition - What must be true (any truthy value).
 * @param fact - What is the case otherwise, as a sentence: "a permit was not returned after a throw".
 * @throws FactError whose message is the fact alone.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { ensure } from "yieldpoint/testing";
 *
 * const user: { name: string } | undefined = { name: "Ada" };
 * ensure(user !== undefined, "no user came back");
 * assert.equal(user.name, "Ada");
 * ```
 */
export function ensure(condition: unknown, fact: string): asserts condition {
  if (condition) return;
  const error = new FactError(fact);
  Error.captureStackTrace(error, ensure);
  throw error;
}
