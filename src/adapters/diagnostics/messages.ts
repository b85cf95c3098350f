import type {
  AdaptiveLimiter,
  AsyncCache,
  AsyncEvent,
  AsyncQueue,
  Background,
  Barrier,
  Bulkhead,
  Chaos,
  CircuitBreaker,
  CircuitState,
  Condition,
  HealthChange,
  HealthMonitor,
  Keyed,
  Mutex,
  RateLimiter,
  ReadWriteLock,
  RetryBudget,
  Semaphore,
} from "yieldpoint";

/** What a pattern tells that makes callers wait: one message for each thing that happens to a caller. */
export interface WaitMessage<S extends object = object> {
  /**
   * `granted`: it is let in. `queued`: it must wait first. `left`: its wait ends without that, because it gave up or was turned away.
   * `rejected`: it may not even wait, because the queue is full or the wait would be too long.
   */
  readonly event: "granted" | "queued" | "left" | "rejected";
  /** Whom it asked: the instance itself. */
  readonly source: S;
  /** How long it has waited, in milliseconds; on `granted` and `left`, and not where it was let in at once. */
  readonly wait?: number;
}

/** What a `Semaphore` tells. A call of `tryAcquire` counts if it is granted. */
export type SemaphoreMessage = WaitMessage<Semaphore>;

/** What a `Bulkhead` tells: what a semaphore does. */
export type BulkheadMessage = WaitMessage<Bulkhead>;

/** What an `AdaptiveLimiter` tells: what a semaphore does. */
export type AdaptiveLimiterMessage = WaitMessage<AdaptiveLimiter>;

/** What a `Mutex` tells: what a semaphore does. Who waits for a `Condition` leaves the mutex, and asks for it again. */
export type MutexMessage = WaitMessage<Mutex>;

/** What a `ReadWriteLock` tells of its readers and writers: what a semaphore does. */
export type ReadWriteLockMessage = WaitMessage<ReadWriteLock>;

/** What a `RateLimiter` tells: what a semaphore does. A call is rejected for `maxWait`, too. */
export type RateLimiterMessage = WaitMessage<RateLimiter>;

/** What an `AsyncQueue` tells: of producers that wait, because it is full. What goes straight in or out is not told. */
export interface AsyncQueueMessage extends WaitMessage<AsyncQueue<unknown>> {
  readonly event: "granted" | "queued" | "left";
}

/** What an `AsyncEvent` tells: of callers that wait, because it is not set. Who comes while it is set is not told. */
export interface AsyncEventMessage extends WaitMessage<AsyncEvent> {
  readonly event: "granted" | "queued" | "left";
}

/** What a `Barrier` tells: of those who wait for the others. The last one, who need not wait, is not told. */
export interface BarrierMessage extends WaitMessage<Barrier> {
  readonly event: "granted" | "queued" | "left";
}

/** What a `Condition` tells: of the wait for a notification. The wait for the mutex after it is told by the mutex. */
export interface ConditionMessage extends WaitMessage<Condition> {
  readonly event: "granted" | "queued" | "left";
}

/** What an `AsyncCache` tells: which count of its `stats()` has grown, and `failures` when a load fails, behind an old value, too. */
export interface AsyncCacheMessage {
  readonly event: "hits" | "stale" | "misses" | "failures";
  /** Which cache was asked. */
  readonly source: AsyncCache<never, unknown>;
}

/** What a `CircuitBreaker` tells: which count of its `stats()` has grown, and `state` when that changes. */
export type CircuitBreakerMessage =
  | {
      readonly event: "successes" | "failures" | "ignored" | "rejected";
      readonly source: CircuitBreaker;
    }
  | {
      readonly event: "state";
      readonly source: CircuitBreaker;
      readonly from: CircuitState;
      readonly to: CircuitState;
    };

/** What a `RetryBudget` tells: whether a further call of `retry` or `hedge` that shares it may be made. */
export interface RetryBudgetMessage {
  readonly event: "granted" | "refused";
  /** Which budget was asked. */
  readonly source: RetryBudget;
}

/** What a `HealthMonitor` tells when a check turns unhealthy or healthy again: what its `onChange` is told. */
export interface HealthMonitorMessage extends HealthChange {
  readonly event: "change";
  /** Whose check it is. */
  readonly source: HealthMonitor<string>;
}

/** What a `background` tells: of each task that starts, and of each that fails. One that stops because `drain` told it to has not failed. */
export type BackgroundMessage =
  | {
      readonly event: "spawned";
      /** Where it runs: what `background` has returned. */
      readonly source: Background;
    }
  | {
      readonly event: "failed";
      readonly source: Background;
      /** What `onError` is called with next. */
      readonly error: unknown;
    };

/** What the policy of `chaos` tells: which count of its `stats()` has grown, but for `calls`. */
export interface ChaosMessage {
  readonly event: "latencies" | "faults" | "results";
  /** Which policy injects it. */
  readonly source: Chaos<unknown>;
}

/** What `keyed` tells: of a key for which something is made, of one that is dropped, and of one for which there is no place. */
export interface KeyedMessage {
  readonly event: "made" | "dropped" | "rejected";
  /** Who keeps the keys: what `keyed` has returned. */
  readonly source: Keyed<never, unknown>;
  readonly key: unknown;
}

/** What is told, by the name of its channel. */
export interface Messages {
  "yieldpoint:adaptive-limiter": AdaptiveLimiterMessage;
  "yieldpoint:async-cache": AsyncCacheMessage;
  "yieldpoint:async-event": AsyncEventMessage;
  "yieldpoint:async-queue": AsyncQueueMessage;
  "yieldpoint:background": BackgroundMessage;
  "yieldpoint:barrier": BarrierMessage;
  "yieldpoint:bulkhead": BulkheadMessage;
  "yieldpoint:chaos": ChaosMessage;
  "yieldpoint:circuit-breaker": CircuitBreakerMessage;
  "yieldpoint:condition": ConditionMessage;
  "yieldpoint:health-monitor": HealthMonitorMessage;
  "yieldpoint:keyed": KeyedMessage;
  "yieldpoint:mutex": MutexMessage;
  "yieldpoint:rate-limiter": RateLimiterMessage;
  "yieldpoint:read-write-lock": ReadWriteLockMessage;
  "yieldpoint:retry-budget": RetryBudgetMessage;
  "yieldpoint:semaphore": SemaphoreMessage;
}

/** The name of a channel: `yieldpoint:` and the pattern. */
export type ChannelName = keyof Messages;
