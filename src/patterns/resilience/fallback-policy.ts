import type { Policy } from "../core/task.ts";
import { answering, type FallbackAnswer, type FallbackOptions } from "./fallback.ts";

/** The options of `fallback` without `signal`, which each call gives. */
export type FallbackPolicyOptions = Omit<FallbackOptions, "signal">;

/**
 * Makes a policy of `fallback`: it answers in a task's place when it fails.
 *
 * @param answer what to say instead, plain or awaited; it is given the failure, and the context that the task had
 * @param options as for `fallback`, without `signal`; they are looked at once
 * @returns a policy whose `execute(task, { signal })` does what `fallback` does
 * @throws TypeError for an answer or a `when` that is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { compose, fallbackPolicy, timeoutPolicy } from "yieldpoint";
 *
 * const policy = compose(fallbackPolicy(() => "cached"), timeoutPolicy(5));
 * assert.equal(await policy.execute(() => new Promise<string>(() => {})), "cached");
 * ```
 */
export function fallbackPolicy<F>(answer: FallbackAnswer<F>, options: FallbackPolicyOptions = {}): Policy<F> {
  return { execute: answering(answer, options) };
}
