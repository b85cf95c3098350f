import { AsyncLocalStorage } from "node:async_hooks";
import { mock } from "node:test";
import * as fc from "fast-check";
import {
  CircuitBreaker,
  compose,
  Mutex,
  retryPolicy,
  Semaphore,
  sleep,
  timeout,
  TimeoutError,
  timeoutPolicy,
  type Task,
} from "yieldpoint";
import { observe, virtualTime, type VirtualClock } from "yieldpoint/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { eventLoopTime } from "../../support/event-loop-clock.ts";
import { complaints, flush, microtasks, rejection, survivors } from "../../support/waiting.ts";

const never = (): Promise<never> => new Promise(() => {});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A clock known to be the event loop's: a call has armed a timer on it. */
async function knownClock(): Promise<VirtualClock> {
  const clock = eventLoopTime();
  await clock.run(() => rejection(timeout(never, 0)));
  return clock;
}

/** Counts the timers that are set on the clock of now. */
function countTimers(): { armed: number } {
  const timers = { armed: 0 };
  const setTimer = globalThis.setTimeout;
  Reflect.set(globalThis, "setTimeout", (...args: Parameters<typeof setTimer>): unknown => {
    timers.armed++;
    return setTimer(...args);
  });
  return timers;
}

describe("timeout() on the event loop's clock", () => {
  test("arms no timer for a task that is over in the turn in which it starts", async () => {
    using clock = await knownClock();
    const timers = countTimers();
    // The first timer of a clock is armed at once, for it tells which clock that is.
    expect(await timeout(async () => "first", 10)).toBe("first");
    expect(timers.armed).toBe(1);
    for (let n = 0; n < 100; n++) expect(await timeout(async () => n, 10)).toBe(n);
    expect(await timeout(() => "plain", 10)).toBe("plain");
    expect(await rejection(timeout(() => Promise.reject(1), 10))).toBe(1);
    expect(timers.armed).toBe(1);
    expect(clock.pending).toStrictEqual([]);
  });

  test("arms no timer for a call through several patterns in which nothing waits", async () => {
    using clock = await knownClock();
    const timers = countTimers();
    await timeout(() => "first", 10);
    const policy = compose(
      retryPolicy(),
      new CircuitBreaker(),
      timeoutPolicy(10),
      new Mutex(),
      new Semaphore(1),
    );
    const before = timers.armed;
    for (let n = 0; n < 100; n++) expect(await policy.execute(async () => n)).toBe(n);
    expect(timers.armed).toBe(before);
    expect(clock.pending).toStrictEqual([]);
  });

  test("shares one timer among the calls of one duration that begin together, cleared with the last", async () => {
    using clock = await knownClock();
    const ends: ((value: string) => void)[] = [];
    const task = (): Promise<string> => new Promise((resolve) => ends.push(resolve));
    const calls = Array.from({ length: 100 }, () => timeout(task, 50));
    const others = [timeout(task, 70), timeout(task, 70)];
    expect(clock.pending).toStrictEqual([]);
    await microtasks();
    const start = clock.now;
    expect(clock.pending.map(({ due }) => due - start)).toStrictEqual([50, 70]);
    for (const end of ends.slice(0, 99)) end("done");
    await Promise.all(calls.slice(0, 99));
    expect(clock.pending).toHaveLength(2);
    ends[99]?.("last");
    expect(await calls[99]).toBe("last");
    expect(clock.pending.map(({ due }) => due - start)).toStrictEqual([70]);
    for (const end of ends.slice(100)) end("done");
    await Promise.all(others);
    expect(clock.pending).toStrictEqual([]);
  });

  test("arms a timer for those alone that are not over a few microtasks later", async () => {
    using clock = await knownClock();
    let end = (_value: string): void => {};
    const waiting = timeout(() => new Promise<string>((resolve) => (end = resolve)), 50);
    expect(await timeout(async () => "over", 70)).toBe("over");
    const start = clock.now;
    await microtasks();
    expect(clock.pending.map(({ due }) => due - start)).toStrictEqual([50]);
    end("done");
    expect(await waiting).toBe("done");
    expect(clock.pending).toStrictEqual([]);
  });

  test("gives each call its own deadline when they begin one after the other", async () => {
    using clock = await knownClock();
    const start = clock.now;
    const calls = [];
    for (let n = 0; n < 3; n++) {
      calls.push(observe(timeout(never, 50)));
      await clock.advance(10);
    }
    await clock.advance(100);
    expect(calls.map(({ at = NaN }) => at - start)).toStrictEqual([50, 60, 70]);
  });

  test("rejects all that share a timer, though one ends another by its abort", async () => {
    using clock = await knownClock();
    const controller = new AbortController();
    const first: Task<never> = async (context) => {
      await microtasks();
      context.signal.addEventListener("abort", () => controller.abort("by the first"));
      return never();
    };
    const calls = [
      rejection(timeout(first, 50)),
      rejection(timeout(never, 50, { signal: controller.signal })),
      rejection(timeout(never, 50)),
    ];
    const [a, b, c] = await clock.run(() => Promise.all(calls));
    expect(a).toBeInstanceOf(TimeoutError);
    expect(b).toBeInstanceOf(TimeoutError);
    expect(c).toBeInstanceOf(TimeoutError);
    expect(new Set([a, b, c]).size).toBe(3);
    expect(clock.pending).toStrictEqual([]);
  });

  test("rejects those that go on when one that shares their timer is over before", async () => {
    using clock = await knownClock();
    const over = timeout(() => sleep(10), 50);
    const late = rejection(timeout(never, 50));
    await microtasks();
    expect(clock.pending.filter(({ due }) => due - clock.now === 50)).toHaveLength(1);
    expect(await clock.run(() => Promise.all([over, late]))).toStrictEqual([
      undefined,
      expect.any(TimeoutError),
    ]);
  });

  test.each([
    ["late", () => sleep(5)],
    ["before its timer is armed", () => null],
  ])("tells a task that reads its signal %s in that task's AsyncLocalStorage context", async (_, wait) => {
    using clock = await knownClock();
    const user = new AsyncLocalStorage<string>();
    const told: unknown[] = [];
    const task: Task<never> = async (context) => {
      await wait();
      const { signal } = context;
      expect(context.signal).toBe(signal);
      signal.addEventListener("abort", () => told.push([user.getStore(), signal.reason]));
      return never();
    };
    const ask = (): Promise<unknown> => rejection(timeout(task, 50));
    const calls = [user.run("Ada", ask), user.run("Bob", ask)];
    await microtasks();
    expect(clock.pending.filter(({ due }) => due - clock.now === 50)).toHaveLength(1);
    const [ada, bob] = await clock.run(() => Promise.all(calls));
    expect(told).toStrictEqual([
      ["Ada", ada],
      ["Bob", bob],
    ]);
  });

  test("tells a task that reads its signal at once in the same turn as the deadline", async () => {
    using clock = await knownClock();
    let own: AbortSignal | undefined;
    const task: Task<never> = ({ signal }) => {
      own = signal;
      return never();
    };
    const waiting = rejection(timeout(task, 50));
    // With its own timer, armed at once.
    expect(clock.pending).toHaveLength(1);
    const error = await clock.run(() => waiting);
    expect(own?.reason).toBe(error);
  });

  test("aborts a signal that is first read after the deadline", async () => {
    using clock = await knownClock();
    let read: (() => AbortSignal) | undefined;
    const task: Task<never> = (context) => {
      read = () => context.signal;
      return never();
    };
    const error = await clock.run(() => rejection(timeout(task, 50)));
    expect(read?.().aborted).toBe(true);
    expect(read?.().reason).toBe(error);
  });

  test("calls the fallback in the caller's AsyncLocalStorage context", async () => {
    using clock = await knownClock();
    const user = new AsyncLocalStorage<string>();
    const ask = (): Promise<unknown> => timeout(never, 10, { fallback: () => user.getStore() });
    const both = (): Promise<unknown> => Promise.all([user.run("Ada", ask), user.run("Bob", ask)]);
    expect(await clock.run(both)).toStrictEqual(["Ada", "Bob"]);
  });

  test("arms no timer when the call is aborted in the turn in which it starts", async () => {
    using clock = await knownClock();
    const controller = new AbortController();
    const waiting = rejection(timeout(never, 10, { signal: controller.signal }));
    controller.abort("at once");
    expect(await waiting).toBe("at once");
    expect(clock.pending).toStrictEqual([]);
  });

  test("takes durations over 2^31-1 ms and Infinity", async () => {
    using clock = await knownClock();
    const start = clock.now;
    const calls = [2 ** 31, 2 ** 31, Infinity].map((ms) => observe(timeout(never, ms)));
    await clock.advance(2 ** 31 - 1);
    expect(calls.map(({ status }) => status)).toStrictEqual(["pending", "pending", "pending"]);
    await clock.advance(2 ** 32);
    expect(calls.map(({ at }) => at)).toStrictEqual([start + 2 ** 31, start + 2 ** 31, undefined]);
    expect(clock.pending).toStrictEqual([]);
  });

  test("keeps nothing of the calls that are over while another of them goes on", async () => {
    using clock = await knownClock();
    const results: WeakRef<object>[] = [];
    const task = async (): Promise<object> => {
      await sleep(1);
      const result = {};
      results.push(new WeakRef(result));
      return result;
    };
    const staying = observe(timeout(never, 1_000));
    for (let n = 0; n < 10; n++) void timeout(task, 1_000);
    await clock.advance(10);
    expect(staying.status).toBe("pending");
    clock[Symbol.dispose]();
    expect(await survivors(results)).toBe(0);
  });
});

describe("timeout() while clocks change", () => {
  test("stays on the event loop's clock when a fake one is installed in the same turn", async () => {
    await timeout(() => sleep(1), 50);
    const began = performance.now();
    const waiting = observe(timeout(never, 20));
    const shared = rejection(timeout(never, 20));
    {
      using clock = virtualTime();
      await clock.advance(1_000);
      expect(waiting.status).toBe("pending");
    }
    expect(await shared).toBeInstanceOf(TimeoutError);
    expect(performance.now() - began).toBeGreaterThanOrEqual(18);
  });

  test("is not held up by calls that were left on a clock that is gone", async () => {
    {
      using clock = await knownClock();
      void timeout(never, 20);
      await clock.advance(5);
    }
    expect(await rejection(timeout(never, 20))).toBeInstanceOf(TimeoutError);
    using clock = virtualTime();
    expect(await clock.run(() => rejection(timeout(never, 20)))).toBeInstanceOf(TimeoutError);
    expect(clock.now).toBe(20);
  });

  test("is not held up by fake timers that were cleared under it", async () => {
    vi.useFakeTimers();
    void timeout(never, 20);
    await vi.advanceTimersByTimeAsync(5);
    vi.clearAllTimers();
    const waiting = rejection(timeout(never, 20));
    await vi.advanceTimersByTimeAsync(20);
    expect(await waiting).toBeInstanceOf(TimeoutError);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("sees a fake clock that is turned in the same turn, at any call", async () => {
    await timeout(() => sleep(1), 50);
    for (const install of [
      (): { tick: (ms: number) => void; restore: () => void } => {
        vi.useFakeTimers();
        return { tick: (ms) => vi.advanceTimersByTime(ms), restore: () => vi.useRealTimers() };
      },
      (): { tick: (ms: number) => void; restore: () => void } => {
        vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
        return { tick: (ms) => vi.advanceTimersByTime(ms), restore: () => vi.useRealTimers() };
      },
      (): { tick: (ms: number) => void; restore: () => void } => {
        mock.timers.enable({ apis: ["setTimeout"] });
        return { tick: (ms) => mock.timers.tick(ms), restore: () => mock.timers.reset() };
      },
    ]) {
      const { tick, restore } = install();
      try {
        for (let n = 0; n < 3; n++) {
          let own: AbortSignal | undefined;
          const task: Task<never> = ({ signal }) => {
            own = signal;
            return never();
          };
          const waiting = rejection(timeout(never, 100));
          tick(50);
          const later = rejection(timeout(task, 100));
          tick(50);
          expect(await waiting).toBeInstanceOf(TimeoutError);
          expect(own?.aborted).toBe(false);
          tick(50);
          expect(own?.aborted).toBe(true);
          expect(await later).toBe(own?.reason);
        }
      } finally {
        restore();
      }
    }
  });

  test("leaves no timer by the time its caller goes on, on any clock", async () => {
    const active = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
    // The test runner's own timers may end meanwhile.
    const before = active();
    for (let n = 0; n < 3; n++) {
      await timeout(async () => 1, 10_000);
      expect(active()).toBeLessThanOrEqual(before);
      await timeout(() => flush(), 10_000);
      expect(active()).toBeLessThanOrEqual(before);
    }
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await timeout(async () => 1, 10_000);
    expect(vi.getTimerCount()).toBe(0);
    await timeout(() => flush(), 10_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("keeps the process alive until its deadline", async () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const waiting = rejection(timeout(never, 5));
    expect(timers.mock.results.map(({ value }) => value.hasRef())).toStrictEqual([true]);
    expect(await waiting).toBeInstanceOf(TimeoutError);
  });

  test("keeps its deadline in real time", async () => {
    const began = performance.now();
    const errors = await Promise.all([10, 30, 10, 30].map((ms) => rejection(timeout(never, ms))));
    expect(errors.map((error) => (error as TimeoutError).ms)).toStrictEqual([10, 30, 10, 30]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(28);
  });
});

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
