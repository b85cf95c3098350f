export { any } from "./patterns/combine/any.ts";
export { gather } from "./patterns/combine/gather.ts";
export { gatherSettled } from "./patterns/combine/gather-settled.ts";
export { race } from "./patterns/combine/race.ts";
export type { Gathered, GatherOptions, Tasks } from "./patterns/combine/run-all.ts";
export { CircuitOpenError, QueueFullError, TimeoutError } from "./patterns/core/errors.ts";
export type { AbortOptions, Policy, Task, TaskContext } from "./patterns/core/task.ts";
export {
  Semaphore,
  type AcquireOptions,
  type Permit,
  type SemaphoreOptions,
  type SemaphoreStats,
} from "./patterns/limit/semaphore.ts";
export {
  backoff,
  type Backoff,
  type ExponentialOptions,
  type Jitter,
  type LinearOptions,
} from "./patterns/resilience/backoff.ts";
export {
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitState,
  type CircuitStats,
  type Outcome,
  type StateChange,
} from "./patterns/resilience/circuit-breaker.ts";
export { retry, type RetryEvent, type RetryOptions } from "./patterns/resilience/retry.ts";
export { StopRetry } from "./patterns/resilience/stop-retry.ts";
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
export { abortable } from "./patterns/time/abortable.ts";
export { sleep, type SleepOptions } from "./patterns/time/sleep.ts";
export { timeout, type TimeoutOptions } from "./patterns/time/timeout.ts";
