import {
  AsyncQueue,
  CircuitBreaker,
  CircuitOpenError,
  QueueClosedError,
  QueueFullError,
  RateLimiter,
  RateLimitError,
  Semaphore,
  timeout,
  TimeoutError,
} from "yieldpoint";
import { equal, rejection } from "./check.ts";

/** Checks what a promise rejects with: the class, its name and its code. */
async function isRejected(
  promise: PromiseLike<unknown>,
  kind: abstract new (...args: never) => Error & { code: string },
  code: string,
): Promise<void> {
  const error = await rejection(promise);
  if (!(error instanceof kind)) throw new Error(`rejected with ${String(error)}`);
  equal([error instanceof Error, error.code], [true, code]);
  // A bundler may rename the class, but not what it is called.
  equal(/^[A-Z]\w+Error$/.test(error.name), true);
}

export const errors = {
  async CircuitOpenError() {
    const breaker = new CircuitBreaker();
    using _ = breaker.isolate();
    await isRejected(
      breaker.execute(() => 1),
      CircuitOpenError,
      "ERR_CIRCUIT_OPEN",
    );
  },
  async QueueClosedError() {
    const queue = new AsyncQueue();
    queue.close();
    await isRejected(queue.put(1), QueueClosedError, "ERR_QUEUE_CLOSED");
  },
  async QueueFullError() {
    const semaphore = new Semaphore(1, { maxQueue: 0 });
    using _ = await semaphore.acquire();
    await isRejected(semaphore.acquire(), QueueFullError, "ERR_QUEUE_FULL");
  },
  async RateLimitError() {
    const limiter = new RateLimiter({ limit: 1, interval: 60_000 });
    await limiter.acquire();
    await isRejected(limiter.acquire({ maxWait: 5 }), RateLimitError, "ERR_RATE_LIMITED");
  },
  async TimeoutError() {
    await isRejected(
      timeout(() => new Promise(() => {}), 1),
      TimeoutError,
      "ERR_TIMEOUT",
    );
  },
};
