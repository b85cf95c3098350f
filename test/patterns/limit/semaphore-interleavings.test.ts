import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Semaphore } from "yieldpoint";
import { listeners } from "../../support/waiting.ts";

const aborted = new Error("aborted");
const failed = new Error("failed");

const caller = fc.record({
  weight: fc.integer({ min: 1, max: 3 }),
  priority: fc.integer({ min: 0, max: 1 }),
  abort: fc.boolean(),
  fail: fc.boolean(),
});

test("Semaphore.execute(): whatever the order of ends and aborts, all settle and no permit is lost or doubled", async () => {
  const callers = fc.array(caller, { minLength: 1, maxLength: 7 });
  const property = fc.asyncProperty(fc.scheduler(), callers, async (scheduler, list) => {
    const semaphore = new Semaphore(3);
    const signals: AbortSignal[] = [];
    let running = 0;
    let peak = 0;
    let startedTooLate = false;
    const results = list.map(async ({ weight, priority, abort, fail }, n) => {
      const controller = new AbortController();
      const { signal } = controller;
      signals.push(signal);
      if (abort) {
        void scheduler.schedule(Promise.resolve(), `abort ${n}`).then(() => controller.abort(aborted));
      }
      let started = false;
      const task = async (): Promise<void> => {
        started = true;
        startedTooLate ||= signal.aborted;
        running += weight;
        peak = Math.max(peak, running);
        await scheduler.schedule(Promise.resolve(), `end ${n}`);
        running -= weight;
        if (fail) throw failed;
      };
      const outcome = await semaphore
        .execute(task, { weight, priority, signal })
        .catch((error: unknown) => error);
      // Either it was never called and gives the abort's reason, or it ran to its end and gives its own result.
      return { outcome, expected: started ? (fail ? failed : undefined) : aborted };
    });
    for (const { outcome, expected } of await scheduler.waitFor(Promise.all(results))) {
      expect(outcome).toBe(expected);
    }
    await scheduler.waitIdle();
    expect({ startedTooLate, running }).toEqual({ startedTooLate: false, running: 0 });
    expect(peak).toBeLessThanOrEqual(3);
    expect(semaphore.stats()).toEqual({ permits: 3, held: 0, waiting: 0 });
    expect(signals.filter((signal) => listeners(signal) > 0)).toEqual([]);
  });
  await fc.assert(property, { seed: 20_253, numRuns: 300 });
});

test("Semaphore.acquire(): whether cancel or grant comes first, the caller gets the permit or the reason, never both", async () => {
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.integer({ min: 1, max: 3 }),
    async (scheduler, waiters) => {
      const semaphore = new Semaphore(1);
      const first = await semaphore.acquire();
      let holders = 0;
      let peak = 0;
      const hold = async (signal: AbortSignal): Promise<string> => {
        using _permit = await semaphore.acquire({ signal });
        peak = Math.max(peak, ++holders);
        await scheduler.schedule(Promise.resolve(), "release");
        holders--;
        return "held";
      };
      void scheduler.schedule(Promise.resolve(), "release the first").then(first.release);
      const ends = Array.from({ length: waiters }, () => {
        const controller = new AbortController();
        void scheduler.schedule(Promise.resolve(), "abort").then(() => controller.abort("gave up"));
        return hold(controller.signal).catch((reason: unknown) => reason);
      });
      const outcomes = await scheduler.waitFor(Promise.all(ends));
      await scheduler.waitIdle();
      expect(outcomes.filter((outcome) => outcome !== "held" && outcome !== "gave up")).toEqual([]);
      expect(peak).toBeLessThanOrEqual(1);
      expect(semaphore.stats()).toEqual({ permits: 1, held: 0, waiting: 0 });
    },
  );
  await fc.assert(property, { seed: 20_254, numRuns: 300 });
});
