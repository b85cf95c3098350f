const stuckHelp =
  "Some await is waiting for a promise that nobody settles: a permit that is never given back, an event that is never set, " +
  "a resolve that is never called.";

/**
 * The code waits, and nothing is left that could wake it.
 *
 * `clock.run` rejects with it when the body has not ended and no timer is armed.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { StuckError, virtualTime } from "yieldpoint/testing";
 *
 * using clock = virtualTime();
 * await assert.rejects(clock.run(() => new Promise(() => {})), StuckError);
 * ```
 */
export class StuckError extends Error {
  readonly code = "ERR_STUCK";
  override readonly name = "StuckError";
  /** When everything stood still, in virtual milliseconds. */
  readonly at: number;
  constructor(
    at: number,
    message = `At t=${at} virtual ms the code still waits, and no timer is left that could wake it. ${stuckHelp}`,
  ) {
    super(message);
    this.at = at;
  }
}

/**
 * So many timers fired that the code is taken for one that never ends.
 *
 * `clock.run` and `clock.advance` reject with it after `maxTimers` timers (default 100,000).
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { TimerLimitError, virtualTime } from "yieldpoint/testing";
 *
 * using clock = virtualTime({ maxTimers: 50 });
 * const endless = () => new Promise(() => setInterval(() => {}, 10));
 * await assert.rejects(clock.run(endless), TimerLimitError);
 * ```
 */
export class TimerLimitError extends Error {
  readonly code = "ERR_TIMER_LIMIT";
  override readonly name = "TimerLimitError";
  constructor(limit: number, at: number, last: string) {
    super(
      `${limit.toLocaleString("en")} timers fired and the code has not ended (t=${at} virtual ms). ` +
        `The last was ${last}. An interval is never cleared, or a loop that sleeps never ends.`,
    );
  }
}

/**
 * Real I/O was started while virtual time was installed.
 *
 * `clock.run` rejects with it unless `realIO: "allow"` was given.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { readFile } from "node:fs/promises";
 * import { RealIOError, virtualTime } from "yieldpoint/testing";
 *
 * using clock = virtualTime();
 * await assert.rejects(clock.run(() => readFile("package.json")), RealIOError);
 * ```
 */
export class RealIOError extends Error {
  readonly code = "ERR_REAL_IO";
  override readonly name = "RealIOError";
}

/**
 * Code reads the clock over and over, waiting for it to move.
 *
 * `Date.now()`, `new Date()`, `performance.now()` and `process.hrtime()` throw it after a million reads in one turn of the
 * event loop: virtual time stands still while code runs.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { FrozenClockError, virtualTime } from "yieldpoint/testing";
 *
 * using clock = virtualTime();
 * const spin = () => {
 *   while (performance.now() < 10);
 * };
 * await assert.rejects(clock.run(spin), FrozenClockError);
 * ```
 */
export class FrozenClockError extends Error {
  readonly code = "ERR_FROZEN_CLOCK";
  override readonly name = "FrozenClockError";
}

/**
 * A fact that does not hold; the message is the fact and nothing else.
 *
 * `ensure`, `expectTimeline` and `scenario` throw it.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { ensure, FactError } from "yieldpoint/testing";
 *
 * assert.throws(() => ensure(false, "a permit was not returned after a throw"), FactError);
 * ```
 */
export class FactError extends Error {
  readonly code = "ERR_FACT";
  override readonly name = "FactError";
}

/** Whether the clock made the error: its stack then says nothing, and it has to be pointed at the user's line. */
export function isFromRun(error: unknown): error is Error {
  return error instanceof StuckError || error instanceof TimerLimitError || error instanceof RealIOError;
}
