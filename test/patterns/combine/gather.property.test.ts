import * as fc from "fast-check";
import { gather, gatherSettled, sleep, type TaskContext } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { complaints } from "../../support/waiting.ts";

interface Plan {
  /** How long the task takes; undefined: it answers in the caller's stack. */
  readonly ms: number | undefined;
  readonly fails: boolean;
  /** Whether it stops when told. */
  readonly listens: boolean;
}

interface Run {
  readonly plans: readonly Plan[];
  readonly concurrency: number;
  /** When the caller aborts, if it does. */
  readonly abortAt: number | undefined;
}

const plan = fc.record<Plan>({
  ms: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined, freq: 4 }),
  fails: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  listens: fc.boolean(),
});
const run = fc.record<Run>({
  plans: fc.array(plan, { maxLength: 9 }),
  concurrency: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(Infinity)),
  abortAt: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 1 }),
});

/** What was seen of a run. */
class Witness {
  readonly controller: AbortController = new AbortController();
  readonly started: number[] = [];
  readonly signals: AbortSignal[] = [];
  /** Failures in the order in which they came. */
  readonly failures: unknown[] = [];
  most = 0;
  /** What had started when the call settled. */
  startedInTime = 0;
  #running = 0;

  task({ ms, fails, listens }: Plan, index: number): (context: TaskContext) => unknown {
    const end = (): string => {
      this.#running--;
      if (!fails) return `result ${index}`;
      this.failures.push(new Error(`failure ${index}`));
      throw this.failures.at(-1);
    };
    return ({ signal }) => {
      this.started.push(index);
      this.signals.push(signal);
      this.most = Math.max(this.most, ++this.#running);
      return ms === undefined ? end() : sleep(ms, listens ? { signal } : {}).then(end);
    };
  }
}

async function witness(
  combine: typeof gather,
  { plans, concurrency, abortAt }: Run,
): Promise<{ seen: Witness; outcome: PromiseSettledResult<unknown>; took: number }> {
  using clock = virtualTime();
  const seen = new Witness();
  const { controller } = seen;
  const tasks = plans.map((each, index) => seen.task(each, index));
  const [outcome, took] = await clock.run(async () => {
    if (abortAt !== undefined) setTimeout(() => controller.abort(new Error("outside")), abortAt);
    const [result] = await Promise.allSettled([combine(tasks, { concurrency, signal: controller.signal })]);
    seen.startedInTime = seen.started.length;
    return [result, clock.now] as const;
  });
  await clock.advance(1_000);
  return { seen, outcome, took };
}

/** How long it takes if each place is given to the next task as soon as it is free. */
function shortest({ plans, concurrency }: Run): number {
  const free = Array.from({ length: Math.min(concurrency, plans.length) }, () => 0);
  for (const { ms = 0 } of plans) {
    const soonest = free.indexOf(Math.min(...free));
    free[soonest] = (free[soonest] ?? 0) + ms;
  }
  return Math.max(0, ...free);
}

test("gather() keeps its promises whatever its tasks do, and whenever it is aborted", async () => {
  const found = await complaints(() =>
    fc.assert(
      fc.asyncProperty(run, async (each) => {
        const { seen, outcome, took } = await witness(gather, each);
        const rejected = outcome.status === "rejected";
        const { reason } = seen.controller.signal;

        // In order, each once, never too many at a time, none after the end.
        expect(seen.started).toStrictEqual(each.plans.slice(0, seen.started.length).map((_, index) => index));
        expect(seen.most).toBeLessThanOrEqual(each.concurrency);
        expect(seen.started).toHaveLength(seen.startedInTime);
        // The signals tell of the end if it was a bad one, with its reason.
        expect(seen.signals.map(({ aborted }) => aborted)).toStrictEqual(seen.signals.map(() => rejected));
        if (outcome.status === "rejected") {
          expect([seen.failures[0], reason]).toContain(outcome.reason);
          expect(seen.signals.every((signal) => signal.reason === outcome.reason)).toBe(true);
          if (each.abortAt === undefined) expect(outcome.reason).toBe(seen.failures[0]);
        } else {
          expect(outcome.value).toStrictEqual(each.plans.map((_, index) => `result ${index}`));
          expect(seen.failures).toStrictEqual([]);
          expect(took).toBe(shortest(each));
        }
      }),
      { seed: 20_258, numRuns: 300 },
    ),
  );
  expect(found).toStrictEqual([]);
});

test("gatherSettled() tells of every task whatever they do, unless it is aborted", async () => {
  const found = await complaints(() =>
    fc.assert(
      fc.asyncProperty(run, async (each) => {
        const { seen, outcome, took } = await witness(gatherSettled, each);
        const rejected = outcome.status === "rejected";
        expect(seen.most).toBeLessThanOrEqual(each.concurrency);
        expect(seen.started).toHaveLength(seen.startedInTime);
        expect(seen.signals.map(({ aborted }) => aborted)).toStrictEqual(seen.signals.map(() => rejected));
        if (outcome.status === "rejected") {
          expect(outcome.reason).toBe(seen.controller.signal.reason);
        } else {
          expect(outcome.value).toMatchObject(
            each.plans.map(({ fails }, index) =>
              fails
                ? { status: "rejected", reason: { message: `failure ${index}` } }
                : { status: "fulfilled", value: `result ${index}` },
            ),
          );
          expect(took).toBe(shortest(each));
        }
      }),
      { seed: 20_259, numRuns: 150 },
    ),
  );
  expect(found).toStrictEqual([]);
});
