// Each function is one call against what lives on; growth.test.ts measures what such a call keeps.
import { CircuitBreaker, hedge, retry, timeWindow } from "yieldpoint";

const shared = new Promise<string>(() => {});
const { signal } = new AbortController();

export const retryOnSharedSignal = (): Promise<string> => retry(async () => "short", { signal });

export async function abortHedgeOfShared(): Promise<void> {
  const controller = new AbortController();
  const waiting = hedge(() => shared, { delay: Infinity, signal: controller.signal }).catch(() => {});
  controller.abort(null);
  await waiting;
}

export async function abortHedgeByItsTask(): Promise<void> {
  const controller = new AbortController();
  const stop = (): Promise<string> => {
    controller.abort(null);
    return shared;
  };
  await hedge(stop, { delay: Infinity, signal: controller.signal }).catch(() => {});
}

const breaker = new CircuitBreaker({ trip: timeWindow({ duration: 3_600_000 }) });

export const countInTimeWindow = (): Promise<string> => breaker.execute(async () => "short");
