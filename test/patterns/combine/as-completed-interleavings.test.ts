import * as fc from "fast-check";
import { asCompleted, type Task } from "yieldpoint";
import { expect, test } from "vitest";
import { complaints, listeners } from "../../support/waiting.ts";

const aborted = new Error("aborted");

const plan = fc.record({ fails: fc.integer({ min: 0, max: 5 }).map((n) => n === 0), listens: fc.boolean() });

test("asCompleted(): whatever the order of ends, of the abort and of the loop's turns, each result is given once or its task was told", async () => {
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.array(plan, { minLength: 1, maxLength: 6 }),
    fc.record({
      concurrency: fc.constantFrom(1, 2, Infinity),
      abort: fc.boolean(),
      slow: fc.boolean(),
      leaveAfter: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 3 })),
    }),
    async (scheduler, plans, { concurrency, abort, slow, leaveAfter }) => {
      const controller = new AbortController();
      const { signal } = controller;
      const failures: unknown[] = [];
      const signals: AbortSignal[] = [];
      let running = 0;
      const tasks = plans.map(({ fails, listens }, index): Task<number> => async (context) => {
        signals[index] = context.signal;
        running++;
        try {
          await scheduler.schedule(Promise.resolve(), `end ${index}`);
          if (listens) context.signal.throwIfAborted();
          if (fails) {
            failures.push(new Error(`failure ${index}`));
            throw failures.at(-1);
          }
          return index;
        } finally {
          running--;
        }
      });
      if (abort) {
        void scheduler.schedule(Promise.resolve(), "abort").then(() => controller.abort(aborted));
      }
      const given: number[] = [];
      const loop = async (): Promise<unknown> => {
        try {
          for await (const { index, value } of asCompleted(tasks, { concurrency, signal })) {
            expect(value).toBe(index);
            given.push(index);
            if (given.length === leaveAfter) return "left";
            if (slow) await scheduler.schedule(Promise.resolve(), "loop");
          }
        } catch (error) {
          return error;
        }
        return "done";
      };
      const outcome = await scheduler.waitFor(
        loop().then((end) => {
          expect(running).toBe(0);
          expect(listeners(signal)).toBe(0);
          return end;
        }),
      );
      const started = signals.length;
      const told = signals.map((own) => own.aborted);
      await scheduler.waitIdle();

      expect(new Set(given).size).toBe(given.length);
      expect(given.some((index) => told[index])).toBe(false);
      expect(signals).toHaveLength(started);
      if (outcome === "done") expect(given).toHaveLength(plans.length);
      else if (outcome === "left") {
        for (const index of signals.keys()) {
          const failed = failures.some((failure) => String(failure).endsWith(`failure ${index}`));
          expect([index, told[index] || failed]).toStrictEqual([index, !given.includes(index)]);
        }
      } else expect([failures[0], aborted]).toContain(outcome);
    },
  );
  const found = await complaints(() => fc.assert(property, { seed: 20_263, numRuns: 500 }));
  expect(found).toStrictEqual([]);
});
