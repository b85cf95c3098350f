import { AsyncLocalStorage } from "node:async_hooks";
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
import { observe } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { microtasks, rejection, survivors } from "../../support/waiting.ts";
import { knownClock } from "./known-clock.ts";

const never = (): Promise<never> => new Promise(() => {});

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
