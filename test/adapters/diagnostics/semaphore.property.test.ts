import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Semaphore, type Permit } from "yieldpoint";
import { subscribe, type Subscription } from "yieldpoint/diagnostics";
import { virtualTime } from "yieldpoint/testing";
import { flush } from "../../support/waiting.ts";

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("acquire" as const), priority: fc.integer({ min: 0, max: 1 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("execute" as const), ms: fc.integer({ min: 0, max: 30 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("release" as const), nth: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("abort" as const), nth: fc.nat(5) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 30 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "clear" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "pause" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "resume" as const }) },
);

test("what a semaphore tells adds up to its stats, whatever comes when", { timeout: 30_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      using clock = virtualTime();
      const semaphore = new Semaphore(2, { maxQueue: 4 });
      const seen = { immediate: 0, later: 0, queued: 0, left: 0, rejected: 0 };
      using _ = subscribe("yieldpoint:semaphore", ({ event, source, wait }) => {
        // What the run before has left behind may still come to its end.
        if (source !== semaphore) return;
        if (event === "granted") seen[wait === undefined ? "immediate" : "later"]++;
        else seen[event]++;
      });
      const permits: Permit[] = [];
      const controllers: AbortController[] = [];
      const ends = { let_in: 0, full: 0, refused: 0, released: 0 };
      const note = (error: unknown): void => {
        ends[(error as { code?: unknown }).code === "ERR_QUEUE_FULL" ? "full" : "refused"]++;
      };
      for (const each of steps) {
        if (each.do === "acquire") {
          const controller = new AbortController();
          controllers.push(controller);
          const { signal } = controller;
          semaphore.acquire({ signal, priority: each.priority }).then((permit) => {
            ends.let_in++;
            permits.push(permit);
          }, note);
        } else if (each.do === "execute") {
          const task = (): Promise<void> => {
            ends.let_in++;
            return new Promise((resolve) => setTimeout(resolve, each.ms));
          };
          semaphore.execute(task).then(() => ends.released++, note);
        } else if (each.do === "release") {
          const [permit] = permits.splice(each.nth % (permits.length || 1), 1);
          permit?.release();
          if (permit) ends.released++;
        } else if (each.do === "abort") {
          controllers[each.nth % (controllers.length || 1)]?.abort();
        } else if (each.do === "wait") {
          await clock.advance(each.ms);
        } else {
          semaphore[each.do]();
        }
        if (each.do === "wait") {
          const { held, waiting } = semaphore.stats();
          expect(seen.queued - seen.later - seen.left).toBe(waiting);
          expect(seen.immediate + seen.later - ends.released).toBe(held);
          expect(seen.immediate + seen.later).toBe(ends.let_in);
          expect(seen.left).toBe(ends.refused);
          expect(seen.rejected).toBe(ends.full);
        }
      }
    }),
    { seed: 6, numRuns: 200 },
  );
});

test(
  "results reach their callers though listeners come and go while they wait",
  { timeout: 30_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 20 }), async (listening) => {
        const semaphore = new Semaphore(2);
        const started: number[] = [];
        let subscription: Subscription | undefined;
        const all = listening.map((listens, index) => {
          if (listens) subscription ??= subscribe("yieldpoint:semaphore", () => {});
          else {
            subscription?.unsubscribe();
            subscription = undefined;
          }
          return semaphore.execute(async () => {
            started.push(index);
            await flush();
            return index;
          });
        });
        expect(await Promise.all(all)).toEqual(listening.map((_, index) => index));
        expect(started).toHaveLength(listening.length);
        expect(new Set(started)).toEqual(new Set(listening.keys()));
        expect(semaphore.stats()).toEqual({ permits: 2, held: 0, waiting: 0 });
        subscription?.unsubscribe();
      }),
      { seed: 7, numRuns: 60 },
    );
  },
);
