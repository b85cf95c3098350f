import type { RateAcquireOptions, RateLimiter } from "yieldpoint";

/** The times at which calls were granted, by name. */
export function line(limiter: RateLimiter) {
  const granted: [name: string, at: number][] = [];
  const join = (name: string, options: RateAcquireOptions = {}): void => {
    void limiter.acquire(options).then(() => granted.push([name, performance.now()]));
  };
  return { granted, join };
}
