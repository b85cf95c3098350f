import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Semaphore } from "yieldpoint";
import { observe } from "yieldpoint/testing";
import { aborted, count, Stage, strikes } from "../../support/stage.ts";

const failed = new Error("failed");

const caller = fc.record({
  weight: fc.integer({ min: 1, max: 3 }),
  priority: fc.integer({ min: 0, max: 1 }),
  abort: fc.boolean(),
  fail: fc.boolean(),
});

test("Semaphore.execute(): whatever the order of ends and aborts, all settle and no permit is lost or doubled", async () => {
  const callers = fc.array(caller, { minLength: 1, maxLength: 7 });
  const property = fc.asyncProperty(fc.scheduler(), strikes, callers, async (scheduler, struck, list) => {
    const stage = new Stage(scheduler, struck);
    const semaphore = new Semaphore(3);
    let running = 0;
    let peak = 0;
    let startedTooLate = false;
    const results = list.map(async ({ weight, priority, abort, fail }, n) => {
      const signal = stage.signal(String(n), abort);
      let started = false;
      const task = async (): Promise<void> => {
        started = true;
        startedTooLate ||= signal.aborted;
        running += weight;
        peak = Math.max(peak, running);
        await stage.pause(`end ${n}`);
        running -= weight;
        if (fail) throw failed;
      };
      const outcome = await semaphore
        .execute(task, { weight, priority, signal })
        .catch((error: unknown) => error);
      // Either it was never called and gives the abort's reason, or it ran to its end and gives its own result.
      return { outcome, expected: started ? (fail ? failed : undefined) : aborted };
    });
    const all = observe(Promise.all(results));
    await stage.play();
    expect(all.status).toBe("fulfilled");
    for (const { outcome, expected } of all.value ?? []) expect(outcome).toBe(expected);
    expect({ startedTooLate, running }).toEqual({ startedTooLate: false, running: 0 });
    expect(peak).toBeLessThanOrEqual(3);
    expect(semaphore.stats()).toEqual({ permits: 3, held: 0, waiting: 0 });
    expect(stage.heard).toEqual([]);
  });
  await fc.assert(property, { seed: 20_253, numRuns: 300 });
});

test("Semaphore.acquire(): whether cancel or grant comes first, the caller gets the permit or the reason, never both", async () => {
  const property = fc.asyncProperty(
    fc.scheduler(),
    strikes,
    fc.integer({ min: 1, max: 3 }),
    async (scheduler, struck, waiters) => {
      const stage = new Stage(scheduler, struck);
      const semaphore = new Semaphore(1);
      const first = await semaphore.acquire();
      let holders = 0;
      let peak = 0;
      const hold = async (signal: AbortSignal): Promise<string> => {
        using _permit = await semaphore.acquire({ signal });
        peak = Math.max(peak, ++holders);
        await stage.pause("release");
        holders--;
        return "held";
      };
      stage.later("release the first", first.release);
      const ends = Array.from({ length: waiters }, (_, n) => observe(hold(stage.signal(String(n), true))));
      await stage.play();
      expect(count(ends, "pending")).toBe(0);
      for (const each of ends) if (each.status === "rejected") expect(each.reason).toBe(aborted);
      expect(peak).toBeLessThanOrEqual(1);
      expect(semaphore.stats()).toEqual({ permits: 1, held: 0, waiting: 0 });
      expect(stage.heard).toEqual([]);
    },
  );
  await fc.assert(property, { seed: 20_254, numRuns: 300 });
});
