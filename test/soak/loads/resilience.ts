import {
  backoff,
  chaos,
  CircuitBreaker,
  consecutive,
  countWindow,
  fallback,
  hedge,
  retry,
  RetryBudget,
  StopRetry,
  timeWindow,
  type Backoff,
  type FallbackOptions,
  type Jitter,
} from "yieldpoint";
import { Fault, GaveUp } from "../actor.ts";
import { throughPolicy } from "../calls.ts";
import type { Loads } from "../load.ts";

export const resilience: Loads = {
  retry: () => {
    const budget = new RetryBudget({ ratio: 0.5 });
    const jitters: readonly [Jitter, ...Jitter[]] = ["none", "full", "equal", "decorrelated"];
    return {
      async step(actor) {
        const { random } = actor;
        const wait = random.pick<Backoff | number>(
          backoff.exponential({
            initial: 1,
            max: 4,
            jitter: random.pick(...jitters),
            random: () => random.next(),
          }),
          backoff.linear({ initial: 0, step: 1, max: 3 }),
          backoff.constant(1),
          1,
        );
        const signal = actor.signal();
        await actor.call(() => retry((context) => actor.task(1, 0.5)(context), { backoff: wait, signal }));
        await actor.call(() =>
          retry((context) => actor.task(context.attempt, 0.3)(context), {
            attempts: 5,
            backoff: wait,
            budget,
            when: () => random.chance(0.9),
            whenResult: (attempt) => attempt < 3,
            retryAfter: () => random.pick(undefined, 0, 2),
            maxElapsed: random.pick(5, Infinity),
            signal,
          }),
        );
        await actor.call(() =>
          retry(() => Promise.reject(random.chance(0.5) ? new StopRetry(new Fault()) : new Fault()), {
            backoff: 60_000,
            signal: actor.leaving(),
          }),
        );
      },
    };
  },

  hedge: () => {
    const budget = new RetryBudget({ ratio: 0.5, reserve: 10 });
    return {
      async step(actor) {
        const options = {
          delay: actor.random.pick(0, 1, 2, Infinity),
          max: 1 + actor.random.below(3),
          budget,
        };
        await actor.call(
          () => hedge((context) => actor.task(1, 0.3)(context), { ...options, signal: actor.signal() }),
          (value) => value === 1,
        );
        const hanging = actor.hanging();
        await actor.call(() => hedge(hanging, { ...options, signal: actor.leaving() }));
        await actor.call(
          () =>
            hedge((context) => (context.attempt === 1 ? hanging(context) : 2), {
              delay: 1,
              signal: actor.signal(),
            }),
          (value) => value === 2,
        );
      },
    };
  },

  fallback: () => ({
    async step(actor) {
      const when = actor.random.pick<FallbackOptions["when"]>(
        () => true,
        async (error) => error instanceof Fault,
      );
      const answer = actor.task(2, 0.1);
      await actor.call(
        () => fallback(actor.task(1, 0.5), (_, context) => answer(context), { when, signal: actor.signal() }),
        (value) => value === 1 || value === 2,
      );
    },
  }),

  CircuitBreaker: () => {
    const rates = { failureRate: 0.5, slowCallRate: 0.8, slowCallDuration: 3, minimumCalls: 5 };
    const breakers = [
      consecutive(3),
      countWindow({ size: 10, ...rates }),
      timeWindow({ duration: 20, ...rates }),
    ].map(
      (trip) =>
        new CircuitBreaker({
          trip,
          cooldown: 3,
          halfOpen: { calls: 2 },
          isFailure: (outcome) => "error" in outcome && !(outcome.error instanceof GaveUp),
        }),
    );
    return {
      async step(actor) {
        const breaker = breakers[actor.random.below(breakers.length)] as CircuitBreaker;
        await throughPolicy(breaker)(actor);
        if (!actor.random.chance(0.02)) return;
        using _ = breaker.isolate();
        await throughPolicy(breaker)(actor);
      },
    };
  },

  chaos: (random) => {
    const monkey = chaos({
      faultRate: 0.2,
      fault: () => new Fault(),
      latencyRate: 0.3,
      latency: (draw) => 4 * draw(),
      resultRate: 0.1,
      result: 7,
      seed: random.below(2 ** 32),
    });
    return { step: throughPolicy(monkey) };
  },
};
