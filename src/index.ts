// The order matters: it makes the whole package smaller when it is compressed.
export type { AbortOptions, Answer, Policy, Task, TaskContext } from "./patterns/core/task.ts";
export {
  CircuitOpenError,
  QueueClosedError,
  QueueFullError,
  RateLimitError,
  TimeoutError,
} from "./patterns/core/errors.ts";
export {
  HealthMonitor,
  type CheckHealth,
  type HealthChange,
  type HealthMonitorOptions,
  type HealthStatus,
} from "./patterns/lifecycle/health-monitor.ts";
export {
  AsyncCache,
  type AsyncCacheOptions,
  type AsyncCacheStats,
  type CacheEntry,
  type CacheStore,
} from "./patterns/cache/async-cache.ts";
export { singleFlight } from "./patterns/cache/single-flight.ts";
export {
  AdaptiveLimiter,
  type AdaptiveLimiterOptions,
  type AdaptiveLimiterStats,
  type LimitChange,
} from "./patterns/limit/adaptive-limiter.ts";
export { Bulkhead, type BulkheadOptions } from "./patterns/limit/bulkhead.ts";
export {
  Semaphore,
  type AcquireOptions,
  type Permit,
  type SemaphoreOptions,
  type SemaphoreStats,
} from "./patterns/limit/semaphore.ts";
export {
  RateLimiter,
  type RateAcquireOptions,
  type RateLimiterOptions,
  type RateLimiterStats,
  type RateLimits,
  type SlidingWindowOptions,
  type TokenBucketOptions,
} from "./patterns/limit/rate-limiter.ts";
export {
  keyed,
  type Keyable,
  type KeyableStats,
  type Keyed,
  type KeyedOptions,
  type KeyedStats,
} from "./patterns/limit/keyed.ts";
export { compose } from "./patterns/resilience/compose.ts";
export {
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitState,
  type CircuitStats,
  type Outcome,
  type StateChange,
} from "./patterns/resilience/circuit-breaker.ts";
export { StopRetry } from "./patterns/resilience/stop-retry.ts";
export { fallbackPolicy, type FallbackPolicyOptions } from "./patterns/resilience/fallback-policy.ts";
export {
  chaos,
  type Chaos,
  type ChaosOptions,
  type ChaosStats,
  type SeededRandom,
} from "./patterns/resilience/chaos.ts";
export { retryPolicy, type RetryPolicyOptions } from "./patterns/resilience/retry-policy.ts";
export { fallback, type FallbackAnswer, type FallbackOptions } from "./patterns/resilience/fallback.ts";
export {
  consecutive,
  countWindow,
  timeWindow,
  type CountWindowOptions,
  type RateOptions,
  type TimeWindowOptions,
  type TripRule,
  type TripWindow,
} from "./patterns/resilience/trip-rules.ts";
export {
  RetryBudget,
  type RetryBudgetOptions,
  type RetryBudgetStats,
} from "./patterns/resilience/retry-budget.ts";
export { retry, type RetryEvent, type RetryOptions } from "./patterns/resilience/retry.ts";
export {
  backoff,
  type Backoff,
  type ExponentialOptions,
  type Jitter,
  type LinearOptions,
} from "./patterns/resilience/backoff.ts";
export { hedgePolicy, type HedgePolicyOptions } from "./patterns/resilience/hedge-policy.ts";
export { hedge, type HedgeOptions } from "./patterns/resilience/hedge.ts";
export { Condition, type ConditionStats } from "./patterns/sync/condition.ts";
export { AsyncEvent, type AsyncEventStats } from "./patterns/sync/async-event.ts";
export { ReadWriteLock, type ReadWriteLockStats } from "./patterns/sync/read-write-lock.ts";
export { Barrier, type BarrierStats } from "./patterns/sync/barrier.ts";
export { AsyncQueue, type AsyncQueueOptions, type AsyncQueueStats } from "./patterns/sync/async-queue.ts";
export { workerPool, type WorkerPoolOptions } from "./patterns/sync/worker-pool.ts";
export { Mutex, type MutexAcquireOptions, type MutexStats } from "./patterns/sync/mutex.ts";
export { gatherSettled } from "./patterns/combine/gather-settled.ts";
export { race } from "./patterns/combine/race.ts";
export { any } from "./patterns/combine/any.ts";
export { mapConcurrent, type MapOptions } from "./patterns/combine/map-concurrent.ts";
export { gather } from "./patterns/combine/gather.ts";
export { wait, type Done, type Waitable, type Waited, type WaitOptions } from "./patterns/combine/wait.ts";
export type {
  Gathered,
  GatherOptions,
  ResultOf,
  Settled,
  TaskRecord,
  Tasks,
} from "./patterns/combine/run-all.ts";
export { asCompleted, type AsCompletedOptions, type Completed } from "./patterns/combine/as-completed.ts";
export { taskGroup, type StartContext, type TaskGroup } from "./patterns/combine/task-group.ts";
export {
  background,
  type Background,
  type BackgroundOptions,
  type BackgroundStats,
  type DrainOptions,
} from "./patterns/combine/background.ts";
export { timeoutPolicy, type TimeoutPolicyOptions } from "./patterns/time/timeout-policy.ts";
export { abortable } from "./patterns/time/abortable.ts";
export { moveOnAfter, type MovedOn, type MoveOnContext } from "./patterns/time/move-on-after.ts";
export { shield } from "./patterns/time/shield.ts";
export { sleep, type SleepOptions } from "./patterns/time/sleep.ts";
export { timeout, type TimeoutOptions } from "./patterns/time/timeout.ts";
export { batch, type BatchOptions } from "./patterns/stream/batch.ts";
export { mapStream, type MapStreamOptions } from "./patterns/stream/map-stream.ts";
export { merge, type ItemOf } from "./patterns/stream/merge.ts";
export { fromWebStream } from "./patterns/stream/from-web-stream.ts";
export { buffer } from "./patterns/stream/buffer.ts";
export { toWebStream } from "./patterns/stream/to-web-stream.ts";
export type { ItemStream, StreamSource } from "./patterns/stream/source.ts";
