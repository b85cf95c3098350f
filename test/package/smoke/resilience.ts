import {
  backoff,
  chaos,
  CircuitBreaker,
  compose,
  consecutive,
  countWindow,
  fallback,
  fallbackPolicy,
  hedge,
  hedgePolicy,
  retry,
  RetryBudget,
  retryPolicy,
  sleep,
  StopRetry,
  timeoutPolicy,
  timeWindow,
  type Task,
  type TripRule,
} from "yieldpoint";
import { equal, isGivenUp, rejection } from "./check.ts";

const fail = (): never => {
  throw new Error("down");
};

/** Fails until its third attempt. */
const third: Task<number> = ({ attempt }) => (attempt < 3 ? fail() : attempt);

/** Its first call hangs, the second gives its number. */
const secondCall: Task<number> = ({ attempt, signal }) =>
  sleep(attempt === 1 ? 60_000 : 1, { signal }).then(() => attempt);

/** How often a breaker with this rule lets a service be called that is down. */
async function callsUntilOpen(trip: TripRule): Promise<number> {
  const breaker = new CircuitBreaker({ trip });
  let calls = 0;
  const down: Task<never> = () => {
    calls++;
    return fail();
  };
  for (let i = 0; i < 10; i++) await rejection(breaker.execute(down));
  equal(breaker.state, "open");
  return calls;
}

export const resilience = {
  async CircuitBreaker() {
    const open = new CircuitBreaker({ trip: consecutive(1), cooldown: 60_000 });
    await rejection(open.execute(fail));
    equal(((await rejection(open.execute(() => 1))) as Error).name, "CircuitOpenError");
    const cooled = new CircuitBreaker({ trip: consecutive(1), cooldown: 1 });
    await rejection(cooled.execute(fail));
    await sleep(20);
    equal([await cooled.execute(() => 1), cooled.state], [1, "closed"]);
  },
  RetryBudget() {
    const budget = new RetryBudget({ ratio: 0.5, reserve: 1 });
    equal([budget.tryWithdraw(), budget.tryWithdraw()], [true, false]);
    budget.deposit();
    budget.deposit();
    equal(budget.stats(), { available: 1, calls: 2, granted: 1, refused: 1 });
  },
  async StopRetry() {
    let calls = 0;
    const stop = (): never => {
      calls++;
      throw new StopRetry("no use");
    };
    equal([await rejection(retry(stop, { backoff: 1 })), calls], ["no use", 1]);
  },
  backoff() {
    const delays = [
      backoff.constant(5)(3, 0),
      backoff.linear({ initial: 1, step: 2 })(3, 0),
      backoff.exponential({ initial: 1, jitter: "none" })(3, 0),
    ];
    equal(delays, [5, 5, 4]);
  },
  async chaos() {
    const monkey = chaos({ faultRate: 1, latencyRate: 1, latency: 1, seed: 1 });
    equal(await rejection(monkey.execute(() => 1)), { code: "ERR_CHAOS" });
    equal(monkey.stats(), { seed: 1, calls: 1, latencies: 1, faults: 1, results: 0 });
  },
  async compose() {
    const policy = compose(retryPolicy({ backoff: 1 }), timeoutPolicy(1_000), new CircuitBreaker());
    equal(await policy.execute(third), 3);
    await isGivenUp((options) => policy.execute(({ signal }) => sleep(60_000, { signal }), options));
  },
  async consecutive() {
    equal(await callsUntilOpen(consecutive(3)), 3);
  },
  async countWindow() {
    equal(await callsUntilOpen(countWindow({ size: 4, failureRate: 0.5, minimumCalls: 4 })), 4);
  },
  async fallback() {
    equal(await fallback(fail, String), "Error: down");
  },
  async fallbackPolicy() {
    equal(await fallbackPolicy(String).execute(fail), "Error: down");
  },
  async hedge() {
    equal(await hedge(secondCall, { delay: 2 }), 2);
    await isGivenUp((options) => hedge(() => new Promise(() => {}), { delay: 1, ...options }));
  },
  async hedgePolicy() {
    equal(await hedgePolicy({ delay: 2 }).execute(secondCall), 2);
  },
  async retry() {
    equal(await retry(third, { backoff: 1 }), 3);
    await isGivenUp((options) => retry(fail, { backoff: 60_000, ...options }));
  },
  async retryPolicy() {
    equal(await retryPolicy({ backoff: 1 }).execute(third), 3);
  },
  async timeWindow() {
    equal(await callsUntilOpen(timeWindow({ duration: 60_000, failureRate: 0.5, minimumCalls: 4 })), 4);
  },
  async timeoutPolicy() {
    equal(await timeoutPolicy(5, { fallback: () => "late" }).execute(() => new Promise(() => {})), "late");
  },
};
