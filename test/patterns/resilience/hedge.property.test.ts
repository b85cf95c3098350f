import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hedge, RetryBudget, sleep, type Task } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { listeners } from "../../support/waiting.ts";

interface Plan {
  /** When each copy ends after its start. No two of all these times fall together. */
  readonly takes: readonly number[];
  readonly fails: readonly boolean[];
  readonly delay: number;
  readonly max: number;
  /** How many further copies the budget allows. */
  readonly further: number;
  /** When the caller gives up. */
  readonly abort: number;
}

/** How a hedge goes by the rules: when its copies start, how and when it ends, and who is told then. */
function model({ takes, fails, delay, max, further, abort }: Plan) {
  const starts = [0];
  const running = new Set([0]);
  const told = (): number[] => [...running];
  let most = max;
  const start = (now: number): void => {
    if (starts.length >= most) return;
    if (starts.length > further) {
      most = starts.length;
      return;
    }
    running.add(starts.push(now) - 1);
  };
  const endOf = (copy: number): number => (starts[copy] as number) + (takes[copy] as number);
  for (;;) {
    const next = [...running].reduce((a, b) => (endOf(b) < endOf(a) ? b : a));
    const due = starts.length < most ? (starts.at(-1) as number) + delay : Infinity;
    const now = Math.min(endOf(next), due);
    if (abort < now) return { starts, end: "aborted", at: abort, told: told() };
    if (due < endOf(next)) {
      start(due);
      continue;
    }
    running.delete(next);
    if (!fails[next]) return { starts, end: `copy ${next}`, at: now, told: told() };
    start(now);
    if (running.size === 0) return { starts, end: `failure ${next}`, at: now, told: [] };
  }
}

const COPIES = 6;
const plan: fc.Arbitrary<Plan> = fc.record({
  takes: fc
    .array(fc.integer({ min: 0, max: 4 }), { minLength: COPIES, maxLength: COPIES })
    .map((steps) => steps.map((step, copy) => 1_000 * step + 2 ** (copy + 1))),
  fails: fc.array(fc.boolean(), { minLength: COPIES, maxLength: COPIES }),
  delay: fc.integer({ min: 0, max: 3 }).map((steps) => 1_000 * steps),
  max: fc.integer({ min: 1, max: COPIES }),
  further: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: COPIES })),
  abort: fc.oneof(
    fc.constant(Infinity),
    fc.integer({ min: 0, max: 5_000 }).map((n) => 2 * n + 1),
  ),
});

test("hedge() does what a simple model of it says, and leaves no timer and no listener", async () => {
  const property = fc.asyncProperty(plan, async (given) => {
    using clock = virtualTime();
    const { delay, max } = given;
    const controller = new AbortController();
    const { signal } = controller;
    const starts: number[] = [];
    const signals: AbortSignal[] = [];
    const task: Task<string> = async (context) => {
      const copy = starts.push(performance.now()) - 1;
      expect(context.attempt).toBe(copy + 1);
      signals.push(context.signal);
      await sleep(given.takes[copy] as number, context);
      if (given.fails[copy]) throw new Error(`failure ${copy}`);
      return `copy ${copy}`;
    };
    const expected = model(given);
    const budget = new RetryBudget({ ratio: 0, reserve: given.further });
    const result = observe(hedge(task, { delay, max, budget, signal }));
    const aborting = new AbortController();
    void observe(sleep(given.abort, aborting).then(() => controller.abort(new Error("aborted"))));
    await clock.advance(100_000);
    aborting.abort();
    await clock.advance(0);
    const end = result.status === "fulfilled" ? result.value : (result.reason as Error).message;
    expect({ starts, end, at: result.at }).toEqual({
      starts: expected.starts,
      end: expected.end,
      at: expected.at,
    });
    const told = signals.flatMap(({ aborted }, copy) => (aborted ? [copy] : []));
    expect(told).toEqual(expected.told);
    expect(budget.stats().granted).toBe(starts.length - 1);
    expect([clock.pending, listeners(signal)]).toEqual([[], 0]);
  });
  await fc.assert(property, { seed: 20_283, numRuns: 600 });
});
