export type {
  AdaptiveLimiterMessage,
  AsyncCacheMessage,
  AsyncQueueMessage,
  BulkheadMessage,
  ChannelName,
  CircuitBreakerMessage,
  HealthMonitorMessage,
  Messages,
  MutexMessage,
  RateLimiterMessage,
  ReadWriteLockMessage,
  RetryBudgetMessage,
  SemaphoreMessage,
  WaitMessage,
} from "./messages.ts";
export { channelNames, subscribe, type Subscription } from "./subscribe.ts";
