/**
 * The deadline passed before the task was over. Its `code` is `ERR_TIMEOUT`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sleep, timeout, TimeoutError } from "yieldpoint";
 *
 * const error = await timeout(({ signal }) => sleep(1_000, { signal }), 5).catch((e: unknown) => e);
 * assert(error instanceof TimeoutError);
 * assert.equal(error.code, "ERR_TIMEOUT");
 * assert.equal(error.ms, 5);
 * ```
 */
export class TimeoutError extends Error {
  readonly code = "ERR_TIMEOUT";
  /** The deadline that passed, in milliseconds. */
  readonly ms: number;

  constructor(ms: number) {
    super(`the task was not over after ${ms} ms`);
    this.ms = ms;
  }

  override get name(): string {
    return "TimeoutError";
  }
}

/**
 * A queue is at its limit, so the call was refused without waiting. Its `code` is `ERR_QUEUE_FULL`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { QueueFullError, Semaphore } from "yieldpoint";
 *
 * const semaphore = new Semaphore(1, { maxQueue: 0 });
 * using permit = await semaphore.acquire();
 * await assert.rejects(semaphore.acquire(), QueueFullError);
 * ```
 */
export class QueueFullError extends Error {
  readonly code = "ERR_QUEUE_FULL";

  override get name(): string {
    return "QueueFullError";
  }
}

/**
 * A circuit breaker refused the call without making it. Its `code` is `ERR_CIRCUIT_OPEN`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CircuitBreaker, CircuitOpenError, consecutive } from "yieldpoint";
 *
 * const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 30_000 });
 * await breaker.execute(() => Promise.reject(new Error("down"))).catch(() => {});
 * const error = await breaker.execute(() => "up again?").catch((e: unknown) => e);
 * assert(error instanceof CircuitOpenError);
 * assert(error.retryAfter > 29_000 && error.retryAfter <= 30_000);
 * ```
 */
export class CircuitOpenError extends Error {
  readonly code = "ERR_CIRCUIT_OPEN";
  /** Milliseconds until a call may be let in again; Infinity while the breaker is isolated. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number) {
    super(message);
    this.retryAfter = retryAfter;
  }

  override get name(): string {
    return "CircuitOpenError";
  }
}
