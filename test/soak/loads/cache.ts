import { setTimeout as pause } from "node:timers/promises";
import { AsyncCache, singleFlight } from "yieldpoint";
import { Fault, type Actor } from "../actor.ts";
import type { Loads } from "../load.ts";
import { upTo } from "../items.ts";

/** What a cache loads: a number that tells its key. */
function load(key: number, { signal }: { readonly signal: AbortSignal }): Promise<number> | number {
  if (key === 0) throw new Fault();
  if (key === 1) return pause(1).then(() => Promise.reject(new Fault()));
  return key < 6 ? pause(key % 4, key * 10, { signal }) : key * 10;
}

async function ask(actor: Actor, get: (key: number, options: object) => Promise<number>): Promise<void> {
  const calls = upTo(4).map(() => {
    const key = actor.random.below(8);
    return actor.call(
      () => get(key, { signal: actor.signal() }),
      (value) => value === key * 10,
    );
  });
  await Promise.all(calls);
}

export const cache: Loads = {
  singleFlight: () => {
    const flight = singleFlight(load);
    return { step: (actor) => ask(actor, flight) };
  },

  AsyncCache: () => {
    const kept = new AsyncCache(load, { ttl: 3, stale: 3, onError: () => {} });
    return {
      async step(actor) {
        await ask(actor, (key, options) => kept.get(key, options));
        if (actor.random.chance(0.3)) kept.delete(actor.random.below(8));
        if (actor.random.chance(0.05)) kept.clear();
      },
      // A reload behind an old value may still run for a moment.
      rest: () => ({ loading: kept.stats().loading }),
    };
  },
};
