import { setTimeout as pause } from "node:timers/promises";
import {
  any,
  asCompleted,
  background,
  gather,
  gatherSettled,
  mapConcurrent,
  race,
  taskGroup,
  wait,
} from "yieldpoint";
import { Fault } from "../actor.ts";
import type { Loads } from "../load.ts";
import { items } from "../items.ts";

const inOrder = (values: readonly unknown[]): boolean => values.every((value, index) => value === index);

export const combine: Loads = {
  gather: () => ({
    async step(actor) {
      const options = { concurrency: actor.random.pick(1, 2, Infinity), signal: actor.signal() };
      await actor.call(() => gather(actor.tasks(0.05), options), inOrder);
      await actor.call(() => gather({ a: actor.task("a"), b: actor.task("b") }, { signal: actor.signal() }));
    },
  }),

  gatherSettled: () => ({
    async step(actor) {
      const tasks = actor.tasks();
      const options = { concurrency: actor.random.pick(1, 3, Infinity), signal: actor.signal() };
      await actor.call(
        () => gatherSettled(tasks, options),
        (ends) => ends.length === tasks.length,
      );
    },
  }),

  "race, any": () => {
    const never = new Promise<never>(() => {});
    return {
      async step(actor) {
        await actor.call(() => race([...actor.tasks(), actor.hanging()], { signal: actor.signal() }));
        await actor.call(() => race([() => never, actor.task(1)], { signal: actor.signal() }));
        await actor.call(() => any(actor.tasks(0.5), { signal: actor.signal() }));
      },
    };
  },

  wait: () => {
    const never = new Promise<never>(() => {});
    return {
      async step(actor) {
        const until = actor.random.pick("all-completed", "first-completed", "first-exception");
        await actor.call(() => wait(actor.tasks(), { until, signal: actor.signal() }));
        const both = [never, actor.task(1), actor.hanging()];
        const ended = await actor.call(() =>
          wait(both, { until: "first-completed", signal: actor.signal() }),
        );
        if (ended === undefined) return;
        ended.cancel(new Fault());
        // The first is pending for ever; the others are told.
        const told = ended.pending.filter(({ index }) => index > 0);
        await Promise.all(told.map(({ promise }) => actor.call(() => promise)));
      },
    };
  },

  asCompleted: () => ({
    async step(actor) {
      const tasks = actor.tasks();
      const most = actor.random.pick(0, 1, Infinity);
      const options = { concurrency: actor.random.pick(2, Infinity), signal: actor.signal() };
      await actor.call(async () => {
        let seen = 0;
        for await (const _ of asCompleted(tasks, options)) if (++seen > most) break;
      });
      await actor.call(async () => {
        let seen = 0;
        for await (const _ of asCompleted(tasks, { ...options, settled: true })) seen++;
        actor.ensure(seen === tasks.length, "an end was not given");
      });
    },
  }),

  mapConcurrent: () => ({
    async step(actor) {
      const options = { concurrency: actor.random.pick(1, 3, Infinity), signal: actor.signal() };
      const tasks = actor.tasks(0.05);
      await actor.call(() => mapConcurrent(tasks, (task, _, context) => task(context), options), inOrder);
      await actor.call(() =>
        mapConcurrent(items(actor, tasks), (task, _, context) => task(context), options),
      );
    },
  }),

  taskGroup: () => ({
    async step(actor) {
      const tasks = actor.tasks(0.1);
      await actor.call(
        () =>
          taskGroup(
            async (group) => {
              for (const task of tasks) void group.spawn(task);
              void group.shield(actor.task(0));
              const ready = await group.start<number>(async (context) => {
                await actor.task(0)(context);
                context.ready(1);
                await actor.task(0)(context);
              });
              return ready;
            },
            { signal: actor.signal() },
          ),
        (ready) => ready === 1,
      );
    },
  }),

  background: () => {
    let failures = 0;
    const tasks = background({ onError: () => failures++ });
    return {
      async step(actor) {
        for (const task of actor.tasks()) tasks.spawn(task);
        await actor.call(() =>
          tasks.drain({ deadline: actor.random.pick(0, 2, Infinity), signal: actor.leaving() }),
        );
        await pause(1);
      },
      end: () => tasks.drain(),
      rest: () => ({ running: tasks.stats().running }),
    };
  },
};
