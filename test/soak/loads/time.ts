import { abortable, moveOnAfter, shield, sleep, timeout, type MoveOnContext } from "yieldpoint";
import type { Loads } from "../load.ts";

export const time: Loads = {
  sleep: () => ({
    async step(actor) {
      const unref = actor.random.chance(0.1);
      await actor.call(() => sleep(actor.random.below(4), { signal: actor.signal(), unref }));
      await actor.call(() => sleep(actor.random.pick(60_000, Infinity), { signal: actor.leaving() }));
    },
  }),

  timeout: () => ({
    async step(actor) {
      const ms = actor.random.below(5);
      await actor.call(() => timeout(actor.task(1), ms, { signal: actor.signal() }));
      await actor.call(() => timeout(actor.hanging(), ms, { signal: actor.signal() }));
      await actor.call(() =>
        timeout(actor.task(1), actor.random.pick(60_000, Infinity), { signal: actor.signal() }),
      );
      await actor.call(
        () => timeout(actor.task(1, 0), ms, { fallback: () => 2, signal: actor.signal() }),
        (value) => value === 1 || value === 2,
      );
    },
  }),

  moveOnAfter: () => ({
    async step(actor) {
      const task = actor.task(1, 0.05);
      await actor.call(
        () =>
          moveOnAfter(
            (context: MoveOnContext<number>) => {
              context.save(0);
              return task(context);
            },
            actor.random.below(5),
            { signal: actor.signal() },
          ),
        (end) => (end.done ? end.value === 1 : end.partial === 0),
      );
    },
  }),

  "shield, abortable": () => {
    const never = new Promise<never>(() => {});
    return {
      async step(actor) {
        await actor.call(() => shield(actor.task(1), { signal: actor.signal() }));
        await actor.call(() => abortable(never, actor.leaving()));
        await actor.call(() => abortable(sleep(actor.random.below(3)), actor.signal()));
      },
    };
  },
};
