import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hedge, retry, RetryBudget, sleep } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";

/** In hundredths, so that the bound is exact. */
const share = fc.integer({ min: 0, max: 150 });
const reserve = fc.integer({ min: 0, max: 5 });

test("RetryBudget: in any order of asking it allows at most reserve + ratio * first calls, and all of that while nothing was lost", () => {
  const asked = fc.array(fc.constantFrom("first", "further"), { maxLength: 300 });
  const property = fc.property(share, reserve, asked, (hundredths, start, steps) => {
    const budget = new RetryBudget({ ratio: hundredths / 100, reserve: start });
    let [first, further, earned] = [0, 0, 100 * start];
    // The rule again, in whole numbers.
    const most = 100 * start + Math.max(100, 100 * hundredths);
    for (const step of steps) {
      if (step === "first") {
        budget.deposit();
        first++;
        earned = Math.min(most, earned + hundredths);
      } else {
        const granted = earned >= 100;
        expect(budget.tryWithdraw()).toBe(granted);
        if (granted) {
          further++;
          earned -= 100;
        }
      }
      expect(100 * further).toBeLessThanOrEqual(100 * start + hundredths * first);
      const stats = budget.stats();
      expect(stats).toMatchObject({ available: Math.floor(earned / 100), calls: first, granted: further });
    }
  });
  fc.assert(property, { seed: 20_281, numRuns: 1_000 });
});

test("retries and hedges that share a budget under random loads never make more further calls than it allows", async () => {
  const call = fc.record({
    pattern: fc.constantFrom("retry" as const, "hedge" as const),
    start: fc.integer({ min: 0, max: 200 }),
    takes: fc.integer({ min: 0, max: 30 }),
    /** How many of its calls fail. */
    failures: fc.integer({ min: 0, max: 6 }),
    most: fc.integer({ min: 1, max: 5 }),
    wait: fc.integer({ min: 0, max: 20 }),
    abort: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
  });
  const property = fc.asyncProperty(
    share,
    reserve,
    fc.array(call, { maxLength: 25 }),
    async (hundredths, start, load) => {
      using clock = virtualTime();
      const budget = new RetryBudget({ ratio: hundredths / 100, reserve: start });
      let [first, further] = [0, 0];
      let overdrawn = false;
      const run = async (each: (typeof load)[number]): Promise<void> => {
        await sleep(each.start);
        const controller = new AbortController();
        if (each.abort !== undefined) void sleep(each.abort).then(() => controller.abort());
        const task = async ({ attempt }: { readonly attempt: number }): Promise<void> => {
          if (attempt === 1) first++;
          else further++;
          overdrawn ||= 100 * further > 100 * start + hundredths * first;
          await sleep(each.takes);
          if (attempt <= each.failures) throw new Error("down");
        };
        const { most, wait } = each;
        const { signal } = controller;
        if (each.pattern === "retry") await retry(task, { attempts: most, backoff: wait, budget, signal });
        else await hedge(task, { max: most, delay: wait, budget, signal });
      };
      await clock.run(() => Promise.allSettled(load.map(run)));
      expect(overdrawn).toBe(false);
      const stats = budget.stats();
      expect(stats.calls).toBe(first);
      // One that is aborted in its wait has asked, and is not made.
      expect(stats.granted).toBeGreaterThanOrEqual(further);
      if (load.every(({ abort }) => abort === undefined)) expect(stats.granted).toBe(further);
    },
  );
  await fc.assert(property, { seed: 20_282, numRuns: 200 });
});
