/** What is known of a promise by now. */
export interface Observed<T> {
  readonly status: "pending" | "fulfilled" | "rejected";
  /** Set once it is fulfilled. */
  readonly value: T | undefined;
  /** Set once it is rejected. */
  readonly reason: unknown;
  /** `performance.now()` when it settled: virtual milliseconds under virtual time. */
  readonly at: number | undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Watches a promise without waiting for it; a rejection counts as handled from then on.
 *
 * @param promise - What to watch.
 * @returns An object that changes when the promise settles.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { setTimeout as sleep } from "node:timers/promises";
 * import { observe, virtualTime } from "yieldpoint/testing";
 *
 * using clock = virtualTime();
 * const job = observe(sleep(100, "done"));
 * await clock.advance(99);
 * assert.equal(job.status, "pending");
 * await clock.advance(1);
 * assert.equal(job.value, "done");
 * ```
 */
export function observe<T>(promise: PromiseLike<T>): Observed<T> {
  const observed: Writable<Observed<T>> = {
    status: "pending",
    value: undefined,
    reason: undefined,
    at: undefined,
  };
  void follow(promise, observed);
  return observed;
}

async function follow<T>(promise: PromiseLike<T>, observed: Writable<Observed<T>>): Promise<void> {
  try {
    observed.value = await promise;
    observed.status = "fulfilled";
  } catch (error) {
    observed.reason = error;
    observed.status = "rejected";
  }
  observed.at = performance.now();
}
