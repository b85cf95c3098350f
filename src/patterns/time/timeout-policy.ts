import { checkCallback, checkNumber } from "../core/check.ts";
import type { Policy } from "../core/task.ts";
import { runWithin, type TimeoutOptions } from "./timeout.ts";

/** What `timeoutPolicy` does beside rejecting: as for `timeout`. */
export type TimeoutPolicyOptions<F> = Omit<TimeoutOptions<F>, "signal">;

/**
 * A policy that gives each task a time to finish in, as `timeout` does.
 *
 * @param ms milliseconds, at least 0; over 2^31-1 is fine, Infinity sets no deadline
 * @param options `fallback`: answers in place of a TimeoutError
 * @returns the policy; its `execute` rejects as `timeout` does
 * @throws TypeError or RangeError for an `ms` that is no number >= 0 or a fallback that is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sleep, timeoutPolicy } from "yieldpoint";
 *
 * const quick = timeoutPolicy(5, { fallback: () => "cached" });
 * const slow = async ({ signal }: { signal: AbortSignal }) => { await sleep(1_000, { signal }); return "fresh"; };
 * assert.equal(await quick.execute(slow), "cached");
 * assert.equal(await quick.execute(() => "fresh"), "fresh");
 * ```
 */
export function timeoutPolicy<F = never>(ms: number, { fallback }: TimeoutPolicyOptions<F> = {}): Policy<F> {
  checkNumber("timeoutPolicy: ms", ms);
  checkCallback("timeoutPolicy: fallback", fallback);
  return { execute: (task, options) => runWithin(task, ms, fallback, options) };
}
