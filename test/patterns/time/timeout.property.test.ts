import * as fc from "fast-check";
import { sleep, timeout, TimeoutError, type Task } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { eventLoopTime } from "../../support/event-loop-clock.ts";
import { complaints } from "../../support/waiting.ts";

const never = (): Promise<never> => new Promise(() => {});

const call = fc.record({
  start: fc.integer({ min: 0, max: 30 }),
  ms: fc.constantFrom(0, 10, 10, 10, 20, 2 ** 31, Infinity),
  /** How long the task takes: never, no time, or so many ms. */
  takes: fc.constantFrom(undefined, undefined, -1, 0, 5, 10, 15, 20),
  fails: fc.boolean(),
  reads: fc.constantFrom("never", "at once", "late"),
  abortAfter: fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined, freq: 2 }),
});

test.each([
  ["a clock of their own", virtualTime],
  ["the event loop's clock", eventLoopTime],
])(
  "timeout() keeps every deadline to the millisecond, whatever begins and ends when, on %s",
  async (_, install) => {
    const found = await complaints(() =>
      fc.assert(
        fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
          using clock = install();
          const outcomes = calls.map(({ start, ms, takes, fails, reads, abortAfter }) => {
            const controller = new AbortController();
            let own: (() => AbortSignal) | undefined;
            const task: Task<string> = (context) => {
              own = () => context.signal;
              if (reads === "at once") own();
              const end = (): string => {
                if (fails) throw new Error("failed");
                return "value";
              };
              if (takes === undefined)
                return reads === "late"
                  ? sleep(3)
                      .then(() => own?.())
                      .then(never)
                  : never();
              return takes < 0 ? end() : sleep(takes).then(end);
            };
            const outcome: { what?: string; after?: number; told?: unknown; reason?: unknown } = {};
            setTimeout(() => {
              if (abortAfter !== undefined) setTimeout(() => controller.abort("aborted"), abortAfter);
              timeout(task, ms, { signal: controller.signal }).then(
                (value) => Object.assign(outcome, { what: value, after: clock.now - start }),
                (reason: unknown) => {
                  const what =
                    reason instanceof TimeoutError ? "late" : reason instanceof Error ? "failed" : "aborted";
                  Object.assign(outcome, { what, after: clock.now - start, reason, told: own?.().reason });
                },
              );
            }, start);
            return outcome;
          });
          await clock.advance(2 ** 31 + 100);
          for (const [index, { ms, takes = Infinity, fails, abortAfter = Infinity }] of calls.entries()) {
            const { what, after, told, reason } = outcomes[index] ?? {};
            const task = Math.max(takes, 0);
            const first = Math.min(task, ms, abortAfter);
            if (first === Infinity) {
              expect(what).toBe(undefined);
              continue;
            }
            expect(after).toBe(first);
            if (takes < 0) {
              expect(what).toBe(fails ? "failed" : "value");
            } else if (first === abortAfter && (first !== task || abortAfter === task)) {
              // The abort's timer was armed before the others.
              expect(what).toBe("aborted");
            } else if (first === task) {
              expect(what).toBe(fails ? "failed" : "value");
            } else {
              expect(what).toBe("late");
            }
            if (what === "late" || what === "aborted") expect(told).toBe(reason);
          }
          expect(clock.pending).toStrictEqual([]);
        }),
        { numRuns: 300, seed: 20_261_120 },
      ),
    );
    expect(found).toStrictEqual([]);
  },
  30_000,
);
