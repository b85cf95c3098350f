import { setTimeout as pause } from "node:timers/promises";
import { AdaptiveLimiter, Bulkhead, keyed, RateLimiter, Semaphore } from "yieldpoint";
import { GaveUp, type Actor } from "../actor.ts";
import { throughPolicy } from "../calls.ts";
import type { Loads } from "../load.ts";

async function disturb(semaphore: Semaphore, actor: Actor): Promise<void> {
  const draw = actor.random.next();
  if (draw < 0.1) semaphore.resize(2 + actor.random.below(4));
  else if (draw < 0.15) semaphore.clear(new GaveUp());
  else if (draw < 0.2) {
    semaphore.pause();
    await pause(1);
    semaphore.resume();
  } else await actor.call(() => semaphore.onIdle({ signal: actor.leaving() }));
}

const atRest = (limiter: Semaphore): Record<string, number> => {
  const { held, waiting } = limiter.stats();
  return { held, waiting };
};

export const limit: Loads = {
  Semaphore: () => {
    const semaphore = new Semaphore(3, { maxQueue: 20 });
    const throughIt = throughPolicy(semaphore, 5);
    return {
      async step(actor) {
        const options = { weight: actor.random.pick(1, 1, 2), priority: actor.random.below(3) };
        await Promise.all([
          throughIt(actor),
          actor.call(async () => {
            using _ = await semaphore.acquire({ ...options, signal: actor.signal() });
            await actor.task(1)({ signal: actor.leaving(), attempt: 1 });
          }),
          disturb(semaphore, actor),
        ]);
        semaphore.tryAcquire(2)?.release();
      },
      rest: () => atRest(semaphore),
    };
  },

  Bulkhead: () => {
    const bulkhead = new Bulkhead({ concurrency: 3, maxQueue: 4 });
    return { step: throughPolicy(bulkhead, 3), rest: () => atRest(bulkhead) };
  },

  AdaptiveLimiter: () => {
    let changes = 0;
    const limiter = new AdaptiveLimiter({
      initial: 4,
      max: 16,
      maxQueue: 50,
      onLimitChange: () => changes++,
    });
    return { step: throughPolicy(limiter, 16), rest: () => atRest(limiter) };
  },

  RateLimiter: () => {
    const limiters = [
      new RateLimiter({ limit: 20, interval: 4, maxQueue: 20 }),
      new RateLimiter({ algorithm: "token-bucket", limit: 10, interval: 2, burst: 5 }),
    ];
    return {
      async step(actor) {
        for (const limiter of limiters) {
          await throughPolicy(limiter)(actor);
          await actor.call(() =>
            limiter.acquire({ cost: actor.random.pick(1, 4), maxWait: 3, signal: actor.signal() }),
          );
          limiter.tryAcquire();
        }
      },
      rest: () =>
        Object.fromEntries(limiters.map((limiter, i) => [`waiting at ${i}`, limiter.stats().waiting])),
    };
  },

  keyed: () => {
    const semaphores = keyed<number, Semaphore>(() => new Semaphore(1), { maxKeys: 8, idle: 5 });
    return {
      async step(actor) {
        const calls = actor
          .tasks()
          .map((task) =>
            actor.call(async () =>
              semaphores.for(actor.random.below(12)).execute(task, { signal: actor.signal() }),
            ),
          );
        await Promise.all(calls);
      },
    };
  },
};
