import * as fc from "fast-check";
import { mapConcurrent, sleep, type TaskContext } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { complaints, listeners } from "../../support/waiting.ts";
import { Source } from "./source.ts";

interface Plan {
  /** How long the call takes; undefined: it answers in the caller's stack. */
  readonly ms: number | undefined;
  readonly fails: boolean;
  /** Whether it stops when told. */
  readonly listens: boolean;
}

interface Run {
  readonly plans: readonly Plan[];
  readonly concurrency: number;
  /** How the items come: from a sync source, at once, or each after so many milliseconds. */
  readonly source: "sync" | "at once" | number;
  /** The item whose taking fails, if there are so many. */
  readonly tornAt: number;
  /** When the caller aborts, if it does. */
  readonly abortAt: number | undefined;
}

const plan = fc.record<Plan>({
  ms: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined, freq: 4 }),
  fails: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  listens: fc.boolean(),
});
const run = fc.record<Run>({
  plans: fc.array(plan, { maxLength: 9 }),
  concurrency: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(Infinity)),
  source: fc.oneof(
    fc.constant("sync" as const),
    fc.constant("at once" as const),
    fc.integer({ min: 0, max: 9 }),
  ),
  tornAt: fc.oneof({ weight: 3, arbitrary: fc.constant(99) }, fc.nat(8)),
  abortAt: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 1 }),
});

test("mapConcurrent() keeps its promises whatever its calls and its source do, and whenever it is aborted", async () => {
  const property = fc.asyncProperty(run, async ({ plans, concurrency, source: kind, tornAt, abortAt }) => {
    using clock = virtualTime();
    const controller = new AbortController();
    const source = new Source(plans.length);
    const started: number[] = [];
    const signals: AbortSignal[] = [];
    /** Failures in the order in which they came. */
    const failures: unknown[] = [];
    let running = 0;
    let ended = 0;
    let ahead = 0;

    source.onTake = () => {
      ahead = Math.max(ahead, source.taken - ended);
      if (source.taken - 1 !== tornAt) return;
      failures.push(new Error("torn"));
      throw failures.at(-1);
    };
    const end = (index: number): string => {
      running--;
      ended++;
      if (!plans[index]?.fails) return `result ${index}`;
      failures.push(new Error(`failure ${index}`));
      throw failures.at(-1);
    };
    const mapper = (item: number, index: number, { signal }: TaskContext): unknown => {
      expect(item).toBe(index);
      started.push(index);
      signals.push(signal);
      running++;
      const { ms, listens } = plans[index] as Plan;
      if (ms === undefined) return end(index);
      const asleep = sleep(ms, listens ? { signal } : {});
      return asleep.then(
        () => end(index),
        (reason: unknown) => {
          running--;
          ended++;
          throw reason;
        },
      );
    };
    const items = kind === "sync" ? source.sync() : source.async(kind === "at once" ? undefined : kind);
    const outcome = await clock.run(async () => {
      if (abortAt !== undefined) setTimeout(() => controller.abort(new Error("outside")), abortAt);
      const mapping = mapConcurrent(items, mapper, { concurrency, signal: controller.signal });
      const [result] = await Promise.allSettled([mapping]);
      expect(running).toBe(0);
      expect(listeners(controller.signal)).toBe(0);
      return result;
    });
    const startedInTime = started.length;
    await clock.advance(1_000);

    expect(started).toStrictEqual(plans.slice(0, startedInTime).map((_, index) => index));
    expect(ahead).toBeLessThanOrEqual(concurrency);
    expect(source.overlaps).toBe(0);
    const rejected = outcome.status === "rejected";
    expect(signals.map(({ aborted }) => aborted)).toStrictEqual(signals.map(() => rejected));
    if (outcome.status === "fulfilled") {
      expect(outcome.value).toStrictEqual(plans.map((_, index) => `result ${index}`));
      expect(failures).toStrictEqual([]);
      expect(source.closed).toBe(0);
    } else {
      expect([failures[0], controller.signal.reason]).toContain(outcome.reason);
      if (abortAt === undefined) expect(outcome.reason).toBe(failures[0]);
      expect(source.closed).toBeLessThanOrEqual(1);
      // One that gave all its items but never said so is open still.
      const torn = outcome.reason instanceof Error && outcome.reason.message === "torn";
      if (!torn && source.taken < plans.length) expect(source.closed).toBe(1);
      if (torn) expect(source.closed).toBe(0);
    }
  });
  const found = await complaints(() => fc.assert(property, { seed: 20_261, numRuns: 500 }));
  expect(found).toStrictEqual([]);
});
