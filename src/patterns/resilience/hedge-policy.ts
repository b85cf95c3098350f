import type { Policy } from "../core/task.ts";
import { checkHedge, launch, type HedgeOptions } from "./hedge.ts";

/** The options of `hedge` without `signal`, which each call gives. */
export type HedgePolicyOptions = Omit<HedgeOptions, "signal">;

/**
 * Makes a policy of `hedge`: it calls a slow task a second time while the first call still runs, and takes the result that comes first.
 *
 * @param options as for `hedge`, without `signal`; they are looked at once
 * @returns a policy whose `execute(task, { signal })` does what `hedge` does
 * @throws TypeError or RangeError for bad options
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { hedgePolicy, sleep } from "yieldpoint";
 *
 * const policy = hedgePolicy({ delay: 5 });
 * const answer = await policy.execute(async ({ attempt, signal }) => {
 *   await sleep(attempt === 1 ? 60_000 : 1, { signal });
 *   return `copy ${attempt}`;
 * });
 * assert.equal(answer, "copy 2");
 * ```
 */
export function hedgePolicy(options: HedgePolicyOptions): Policy {
  const checked = checkHedge({ ...options });
  return { execute: (task, caller = {}) => launch(task, caller, checked) };
}
