import type { Backoff, BulkheadOptions, CircuitBreakerOptions, Policy, RetryBudget } from "yieldpoint";

/**
 * The same for each origin, or asked for with an origin (`https://api.example`) when it is first called. A Client or Pool of
 * undici 7 does not tell its own: each is one origin, asked for with an empty string.
 */
export type PerOrigin<T> = T | ((origin: string) => T);

/** What is done for a request; times in milliseconds. */
export interface ResilienceOptions {
  /** How many times a request is sent at most, the first included; an integer of at least 1, or Infinity. Default: 4. */
  readonly attempts?: number | undefined;
  /** The waits between them, where the answer asks for none. Default: `backoff.exponential()`. */
  readonly backoff?: number | Backoff | undefined;
  /** Limits the repetitions of all requests that share it. Default: no limit. */
  readonly budget?: RetryBudget | undefined;
  /**
   * The methods that may be repeated; of any other, a request with an Idempotency-Key header may be. Default: the idempotent ones of
   * RFC 9110, which are GET, HEAD, OPTIONS, TRACE, PUT and DELETE.
   */
  readonly methods?: readonly string[] | undefined;
  /** The statuses that are worth another attempt. Default: 408, 429, 502, 503 and 504. */
  readonly statuses?: readonly number[] | undefined;
  /** An answer whose Retry-After asks for a longer wait than this is given at once. Default: 60,000. */
  readonly maxRetryAfter?: number | undefined;
  /** How long each attempt may take until the headers of its answer have come. Default: 30,000. */
  readonly timeout?: number | undefined;
  /** How long the body of the answer that is given may take from then on, however fast it is read. Default: Infinity. */
  readonly bodyTimeout?: number | undefined;
  /**
   * A circuit breaker for each origin. A network error, a timeout and a status of 500 or more are failures, unless it has an `isFailure`
   * of its own. Default: none.
   */
  readonly breaker?: PerOrigin<CircuitBreakerOptions> | undefined;
  /** A bulkhead for each origin. A slot is held until the body of the answer is over. Default: none. */
  readonly bulkhead?: PerOrigin<BulkheadOptions> | undefined;
  /**
   * Anything else that is to stand around each attempt, and outside the bulkhead: a rate limiter, a hedge, several composed. What may not be
   * repeated is sent once, whatever it does. A function makes one for each origin, which is kept as breakers and bulkheads are: until
   * nobody has called the origin for five minutes, and longer while its `stats()`, if it has any, say that it is in use. Default: none.
   */
  readonly policy?: PerOrigin<Policy> | undefined;
}
