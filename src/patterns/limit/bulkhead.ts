import { checkCount } from "../core/check.ts";
import { channel } from "../core/diagnostics.ts";
import { Semaphore, type Voice } from "./semaphore.ts";

/** How much a bulkhead takes on. */
export interface BulkheadOptions {
  /** How many may run at once; an integer of at least 1, or Infinity. */
  readonly concurrency: number;
  /** How many may wait; one more is refused with QueueFullError. An integer of at least 0, or Infinity. Default: 0. */
  readonly maxQueue?: number | undefined;
}

const bulkheads = /* @__PURE__ */ channel("bulkhead");

/**
 * Keeps one part of a program from drowning the rest: so many run at once, so many wait, and one more is refused at once.
 *
 * It is a semaphore with a bounded queue, and does all that a semaphore does.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Bulkhead, sleep } from "yieldpoint";
 *
 * const reports = new Bulkhead({ concurrency: 1, maxQueue: 1 });
 * const running = reports.execute(() => sleep(5));
 * const waiting = reports.execute(() => "next");
 * await assert.rejects(reports.execute(() => "too many"), { code: "ERR_QUEUE_FULL" });
 * await running;
 * assert.equal(await waiting, "next");
 * ```
 */
export class Bulkhead extends Semaphore {
  /**
   * @param options `concurrency`: how many may run at once; `maxQueue`: how many may wait, default 0
   * @throws TypeError or RangeError for a `concurrency` or `maxQueue` that is no such number
   */
  constructor({ concurrency, maxQueue = 0 }: BulkheadOptions) {
    checkCount("Bulkhead: concurrency", concurrency, 1);
    checkCount("Bulkhead: maxQueue", maxQueue, 0);
    super(concurrency, { maxQueue, told: bulkheads } as Voice);
  }

  override get [Symbol.toStringTag](): string {
    return "Bulkhead";
  }
}
