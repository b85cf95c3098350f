import * as fc from "fast-check";
import { sleep, taskGroup, type Task, type TaskGroup } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { complaints, listeners } from "../../support/waiting.ts";

interface Plan {
  readonly how: "spawn" | "shield" | "start" | "spawn and await";
  /** How long the task takes; undefined: it answers in the caller's stack. */
  readonly ms: number | undefined;
  readonly fails: boolean;
  /** Whether it stops when told. */
  readonly listens: boolean;
  /** What it runs in the same group at its end, if it ends well. */
  readonly then: readonly Plan[];
}

function planOf(then: fc.Arbitrary<readonly Plan[]>): fc.Arbitrary<Plan> {
  return fc.record<Plan>({
    how: fc.constantFrom("spawn", "shield", "start", "spawn and await"),
    ms: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined, freq: 4 }),
    fails: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
    listens: fc.boolean(),
    then,
  });
}
const leaf = planOf(fc.constant([]));
const plan = planOf(fc.array(leaf, { maxLength: 2 }));
const run = fc.record({
  plans: fc.array(plan, { maxLength: 6 }),
  bodyFails: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  abortAt: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 1 }),
});

test("taskGroup() waits for all and tells each real failure once, whatever its tasks do and whenever it is aborted", async () => {
  const property = fc.asyncProperty(run, async ({ plans, bodyFails, abortAt }) => {
    using clock = virtualTime();
    const controller = new AbortController();
    const failures: Error[] = [];
    const told: AbortSignal[] = [];
    const shielded: AbortSignal[] = [];
    let running = 0;
    let leaked: TaskGroup | undefined;

    const fail = (): never => {
      const error = new Error(`failure ${failures.length}`);
      failures.push(error);
      throw error;
    };
    const spread = async (group: TaskGroup, list: readonly Plan[]): Promise<void> => {
      for (const each of list) {
        const part = task(group, each);
        if (each.how === "shield") void group.shield(part);
        else if (each.how === "spawn") void group.spawn(part);
        else if (each.how === "spawn and await") await group.spawn(part);
        else {
          const started = group.start(async (context) => {
            context.ready();
            await part(context);
          });
          // Ready in the same stack, unless it was not started any more.
          await started;
        }
      }
    };
    const task =
      (group: TaskGroup, { how, ms, fails, listens, then }: Plan): Task<unknown> =>
      async ({ signal }) => {
        (how === "shield" ? shielded : told).push(signal);
        running++;
        try {
          if (ms !== undefined) await sleep(ms, listens ? { signal } : {});
          if (fails) fail();
          await spread(group, then);
        } finally {
          running--;
        }
      };
    const [outcome, abortedInTime] = await clock.run(async () => {
      if (abortAt !== undefined) setTimeout(() => controller.abort(new Error("outside")), abortAt);
      const group = taskGroup(async (own) => {
        leaked = own;
        running++;
        try {
          await spread(own, plans);
          return bodyFails ? fail() : "value";
        } finally {
          running--;
        }
      }, controller);
      const [result] = await Promise.allSettled([group]);
      expect(running).toBe(0);
      expect(listeners(controller.signal)).toBe(0);
      return [result, controller.signal.aborted] as const;
    });
    const failuresInTime = failures.length;
    await expect(leaked?.spawn(() => 1)).rejects.toThrow("taskGroup.spawn: the group has ended");
    await clock.advance(1_000);

    expect(failures).toHaveLength(failuresInTime);
    expect(shielded.every(({ aborted }) => !aborted)).toBe(true);
    if (outcome.status === "fulfilled") {
      expect(outcome.value).toBe("value");
      expect(failures).toStrictEqual([]);
      expect(abortedInTime).toBe(false);
      expect(told.every(({ aborted }) => !aborted)).toBe(true);
    } else if (failures.length > 0) {
      expect(outcome.reason).toBeInstanceOf(AggregateError);
      // Those of one turn may come in another order than they were made in.
      expect(outcome.reason.errors).toHaveLength(failures.length);
      expect(new Set(outcome.reason.errors)).toStrictEqual(new Set(failures));
      expect(told.every(({ aborted }) => aborted)).toBe(true);
      expect([...failures, controller.signal.reason]).toContain(leaked?.signal.reason);
    } else {
      expect(outcome.reason).toBe(controller.signal.reason);
      expect(told.every(({ reason }) => reason === outcome.reason)).toBe(true);
    }
  });
  const found = await complaints(() => fc.assert(property, { seed: 20_262, numRuns: 500 }));
  expect(found).toStrictEqual([]);
});
