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

/**
 * A queue is closed: it takes nothing more, and who waits for an item waits for nothing. Its `code` is `ERR_QUEUE_CLOSED`, its `cause` the
 * reason that it was closed with.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { AsyncQueue, QueueClosedError } from "yieldpoint";
 *
 * const queue = new AsyncQueue<string>();
 * queue.close("shutting down");
 * const error = await queue.put("too late").catch((e: unknown) => e);
 * assert(error instanceof QueueClosedError);
 * assert.equal(error.code, "ERR_QUEUE_CLOSED");
 * assert.equal(error.cause, "shutting down");
 * ```
 */
export class QueueClosedError extends Error {
  readonly code = "ERR_QUEUE_CLOSED";

  override get name(): string {
    return "QueueClosedError";
  }
}

/**
 * A rate limiter refused the call, because it would have to wait longer than its caller allows. Its `code` is `ERR_RATE_LIMITED`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { RateLimiter, RateLimitError } from "yieldpoint";
 *
 * const limiter = new RateLimiter({ limit: 1, interval: 10_000 });
 * await limiter.acquire();
 * const error = await limiter.acquire({ maxWait: 100 }).catch((e: unknown) => e);
 * assert(error instanceof RateLimitError);
 * assert(error.retryAfter > 9_000 && error.retryAfter <= 10_000);
 * ```
 */
export class RateLimitError extends Error {
  readonly code = "ERR_RATE_LIMITED";
  /** Milliseconds until the call could be granted if nobody who waits gave up. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number) {
    super(message);
    this.retryAfter = retryAfter;
  }

  override get name(): string {
    return "RateLimitError";
  }
}
