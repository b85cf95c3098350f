import { setImmediate as turn } from "node:timers/promises";
import {
  AsyncEvent,
  AsyncQueue,
  Barrier,
  Condition,
  Mutex,
  ReadWriteLock,
  workerPool,
  type Permit,
} from "yieldpoint";
import { GaveUp, type Actor } from "../actor.ts";
import { several, throughPolicy } from "../calls.ts";
import { upTo } from "../items.ts";
import type { Loads } from "../load.ts";

export const sync: Loads = {
  Mutex: () => {
    const mutex = new Mutex();
    const throughIt = throughPolicy(mutex, 1);
    return {
      async step(actor) {
        await throughIt(actor);
        mutex.tryAcquire()?.release();
        await actor.call(async () => {
          using _ = await mutex.acquire({ priority: actor.random.below(2), signal: actor.signal() });
          await turn();
        });
      },
      rest: () => ({ locked: Number(mutex.stats().locked), waiting: mutex.stats().waiting }),
    };
  },

  AsyncEvent: () => {
    const event = new AsyncEvent();
    return {
      async step(actor) {
        const waiting = several(actor, () => event.wait({ signal: actor.signal() }));
        if (actor.random.chance(0.8)) await turn();
        // Set and clear in one turn still wakes who waited.
        event.set();
        event.clear();
        await waiting;
      },
      rest: () => ({ waiting: event.stats().waiting }),
    };
  },

  Condition: () => {
    const mutex = new Mutex();
    const filled = new Condition(mutex);
    let cups = 0;
    return {
      async step(actor) {
        const drinking = several(actor, () =>
          mutex.execute(async () => {
            while (cups === 0) await filled.wait({ signal: actor.leaving() });
            cups--;
          }),
        );
        const filling = several(actor, (n) =>
          mutex.execute(() => {
            cups = Math.min(10, cups + 1);
            if (n === 0) filled.notifyAll();
            else filled.notify();
          }),
        );
        await Promise.all([drinking, filling]);
      },
      rest: () => ({ waiting: filled.stats().waiting, locked: Number(mutex.stats().locked) }),
    };
  },

  Barrier: () => {
    const barrier = new Barrier(3);
    return {
      step: (actor) => several(actor, () => barrier.arrive({ signal: actor.leaving() })),
      rest: () => ({ waiting: barrier.stats().waiting }),
    };
  },

  ReadWriteLock: () => {
    const lock = new ReadWriteLock();
    let readers = 0;
    let writers = 0;
    const hold = async (actor: Actor, permit: Permit, count: (by: number) => void): Promise<void> => {
      using _ = permit;
      count(1);
      actor.ensure(writers === 0 || (writers === 1 && readers === 0), "a writer was not alone");
      await turn();
      count(-1);
    };
    return {
      async step(actor) {
        const signal = actor.signal();
        await Promise.all([
          several(actor, async () => hold(actor, await lock.read({ signal }), (by) => (readers += by))),
          several(actor, async () => hold(actor, await lock.write({ signal }), (by) => (writers += by))),
        ]);
      },
      rest: () => {
        const { readers: held, writing, waiting } = lock.stats();
        return { readers: held, writing: Number(writing), waiting };
      },
    };
  },

  AsyncQueue: () => {
    const queue = new AsyncQueue<number>({ capacity: 3 });
    let put = 0;
    let got = 0;
    return {
      async step(actor) {
        await Promise.all([
          several(actor, async (n) => {
            await queue.put(n, { signal: actor.leaving() });
            put++;
          }),
          several(actor, async () => {
            await queue.get({ signal: actor.leaving() });
            got++;
          }),
          actor.call(async () => {
            for await (const _ of queue.values({ signal: actor.leaving() })) {
              got++;
              if (actor.random.chance(0.5)) break;
            }
          }),
        ]);
        if (queue.tryPut(0)) put++;
        if (queue.tryGet()) got++;
      },
      rest: () => {
        const { producers, consumers, size } = queue.stats();
        return { producers, consumers, "items lost": put - got - size };
      },
    };
  },

  "AsyncQueue, closed": () => ({
    async step(actor) {
      const queue = new AsyncQueue<number>({ capacity: actor.random.pick(0, 1) });
      const all = [
        several(actor, (n) => queue.put(n, { signal: actor.signal() })),
        several(actor, () => queue.get({ signal: actor.signal() })),
        actor.call(async () => {
          for await (const _ of queue) await Promise.resolve();
        }),
      ];
      if (actor.random.chance(0.5)) await turn();
      queue.close(new GaveUp());
      await Promise.all(all);
    },
  }),

  workerPool: () => ({
    async step(actor) {
      const queue = new AsyncQueue<number>();
      for (const n of upTo(6)) queue.tryPut(n);
      queue.close();
      const options = { concurrency: 1 + actor.random.below(3), signal: actor.signal() };
      await actor.call(() => workerPool(queue, (n, context) => actor.task(n, 0.03)(context), options));
    },
  }),
};
