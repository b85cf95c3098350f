import { sleep, type CircuitBreaker } from "yieldpoint";
import type { VirtualClock } from "yieldpoint/testing";

/** Makes calls that end at once, one after the other; it does not matter whether they are let in. */
export async function call(breaker: CircuitBreaker, ...ends: ("succeed" | "fail")[]): Promise<void> {
  for (const end of ends) {
    const task = () => (end === "fail" ? Promise.reject(new Error("down")) : Promise.resolve());
    await breaker.execute(task).catch(() => {});
  }
}

/** A call that takes its time and succeeds. */
export function lasting(clock: VirtualClock, breaker: CircuitBreaker, ms: number): Promise<void> {
  return clock.run(() => breaker.execute(() => sleep(ms)));
}
