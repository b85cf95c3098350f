import {
  backoff,
  Bulkhead,
  chaos,
  CircuitBreaker,
  compose,
  countWindow,
  fallbackPolicy,
  hedgePolicy,
  RateLimiter,
  retryPolicy,
  timeoutPolicy,
} from "yieldpoint";
import { Fault } from "../actor.ts";
import { throughPolicy } from "../calls.ts";
import type { Loads } from "../load.ts";

export const policies: Loads = {
  "compose, a whole stack": (random) => {
    const bulkhead = new Bulkhead({ concurrency: 4, maxQueue: 20 });
    const breaker = new CircuitBreaker({ trip: countWindow({ size: 20 }), cooldown: 2 });
    const stack = compose(
      fallbackPolicy(() => "instead", { when: (error) => error instanceof Fault }),
      retryPolicy({ attempts: 3, backoff: backoff.exponential({ initial: 1, max: 3 }) }),
      timeoutPolicy(20),
      breaker,
      new RateLimiter({ limit: 100, interval: 10 }),
      bulkhead,
      hedgePolicy({ delay: 2 }),
      timeoutPolicy(4, { fallback: () => "late" }),
      chaos({
        faultRate: 0.1,
        fault: new Fault(),
        latencyRate: 0.2,
        latency: 3,
        seed: random.below(2 ** 32),
      }),
    );
    return { step: throughPolicy(stack), rest: () => ({ held: bulkhead.stats().held }) };
  },

  "compose, nested": () => {
    const inner = compose(retryPolicy({ attempts: 2, backoff: 1 }), timeoutPolicy(3));
    const outer = compose(timeoutPolicy(6), hedgePolicy({ delay: 1, max: 3 }), inner);
    return {
      async step(actor) {
        await throughPolicy(outer)(actor);
        await actor.call(() => outer.execute(actor.hanging(), { signal: actor.signal() }));
        await actor.call(() => compose().execute(actor.task(1), { signal: actor.signal() }));
      },
    };
  },
};
