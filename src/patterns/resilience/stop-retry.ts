/**
 * Thrown by a task to end its repetition: `retry` rejects with the `cause` then. A `hedge` inside takes it for any other failure.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { retry, StopRetry } from "yieldpoint";
 *
 * let calls = 0;
 * const login = retry(() => {
 *   calls++;
 *   throw new StopRetry(new Error("wrong password"));
 * });
 * await assert.rejects(login, /wrong password/);
 * assert.equal(calls, 1);
 * ```
 */
export class StopRetry extends Error {
  /** @param cause what `retry` rejects with, any value */
  constructor(cause: unknown) {
    super("StopRetry: the task asked not to be repeated", { cause });
  }

  override get name(): string {
    return "StopRetry";
  }
}
