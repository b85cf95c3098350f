import { onAbort } from "../core/abort-hub.ts";
import { checkNumber } from "../core/check.ts";
import { sourceOf } from "../core/scope.ts";
import type { AbortOptions } from "../core/task.ts";
import { startTimer } from "../core/timer.ts";

/** How `sleep` waits. */
export interface SleepOptions extends AbortOptions {
  /** Lets the process end although the sleep is not over (Node). Default: false. */
  readonly unref?: boolean | undefined;
}

/**
 * Waits for a time.
 *
 * @param ms milliseconds, at least 0; over 2^31-1 is fine, Infinity sleeps until aborted
 * @param options `signal`: wakes at once, rejecting; `unref`: does not keep the process alive, default false
 * @throws `signal.reason` when aborted; TypeError or RangeError for an `ms` that is no number >= 0
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sleep } from "yieldpoint";
 *
 * await sleep(5);
 * await assert.rejects(sleep(60_000, { signal: AbortSignal.abort(new Error("never mind")) }), /never mind/);
 * ```
 */
export function sleep(ms: number, options: SleepOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    checkNumber("sleep: ms", ms);
    const leave = onAbort(sourceOf(options), (reason) => {
      cancel();
      reject(reason);
    });
    const wake = (): void => {
      leave();
      resolve();
    };
    const cancel = startTimer(ms, wake, options.unref);
  });
}
