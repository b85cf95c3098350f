import type { CircuitBreaker } from "yieldpoint";

/** Makes calls that end at once, one after the other; it does not matter whether they are let in. */
export async function call(breaker: CircuitBreaker, ...ends: ("succeed" | "fail")[]): Promise<void> {
  for (const end of ends) {
    const task = () => (end === "fail" ? Promise.reject(new Error("down")) : Promise.resolve());
    await breaker.execute(task).catch(() => {});
  }
}
