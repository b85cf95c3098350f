import type { Policy } from "../core/task.ts";
import { checkRetry, repeat, type RetryOptions } from "./retry.ts";

/** The options of `retry` without `signal`, which each call gives. */
export type RetryPolicyOptions = Omit<RetryOptions, "signal">;

/**
 * Makes a policy of `retry`: it calls a task again when it fails, with a wait between the attempts.
 *
 * @param options as for `retry`, without `signal`; they are looked at once
 * @returns a policy whose `execute(task, { signal })` does what `retry` does
 * @throws TypeError or RangeError for bad options
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { retryPolicy } from "yieldpoint";
 *
 * const policy = retryPolicy({ attempts: 3, backoff: 1 });
 * const answer = await policy.execute(({ attempt }) => {
 *   if (attempt < 3) throw new Error("503");
 *   return `worked at attempt ${attempt}`;
 * });
 * assert.equal(answer, "worked at attempt 3");
 * ```
 */
export function retryPolicy(options: RetryPolicyOptions = {}): Policy {
  const checked = checkRetry({ ...options });
  return { execute: (task, caller) => repeat(task, caller, checked) };
}
