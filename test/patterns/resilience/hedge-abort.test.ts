import { describe, expect, test, vi } from "vitest";
import { hedge, retry, sleep, timeout, TimeoutError, type Task, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { countControllers } from "../../support/controllers.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";
import { copies } from "./copies.ts";

const reason = new Error("gave up");

describe("hedge() and the abort of its signal", () => {
  test("before: rejects with the reason itself and calls nothing", async () => {
    const task = vi.fn();
    expect(await rejection(hedge(task, { delay: 1, signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(task).not.toHaveBeenCalled();
  });

  test("before the second copy: tells the first, starts no other and leaves nothing", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { task, at, signals } = copies({ ms: Infinity });
    const result = observe(hedge(task, { delay: 100, signal: controller.signal }));
    await clock.advance(50);
    expect([clock.pending.length, listeners(controller.signal)]).toEqual([1, 1]);
    controller.abort(reason);
    await clock.advance(0);
    expect(result).toMatchObject({ status: "rejected", reason, at: 50 });
    expect(signals.map((signal) => signal.reason)).toEqual([reason]);
    expect([clock.pending.length, listeners(controller.signal)]).toEqual([0, 0]);
    await clock.advance(1_000);
    expect(at).toEqual([0]);
  });

  test("while several run: tells all of them, and waits for none", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { task, signals } = copies({ ms: 500 });
    const result = observe(hedge(task, { delay: 10, max: 3, signal: controller.signal }));
    await clock.advance(30);
    controller.abort(reason);
    await clock.advance(1_000);
    expect(result).toMatchObject({ status: "rejected", reason, at: 30 });
    expect(signals.map((signal) => signal.reason)).toEqual([reason, reason, reason]);
  });

  test.each([null, 0, ""])("rejects with the reason %o", async (falsy) => {
    const controller = new AbortController();
    const result = rejection(hedge(() => deferred().promise, { delay: 10, signal: controller.signal }));
    controller.abort(falsy);
    expect(await result).toBe(falsy);
  });

  test("by the task as it starts: is told, let go, and no timer is armed", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    const task = vi.fn(({ signal }: TaskContext) => {
      own = signal;
      controller.abort(reason);
      return Promise.reject(new Error("its own"));
    });
    expect(await rejection(hedge(task, { delay: 10, max: 3, signal: controller.signal }))).toBe(reason);
    expect(clock.pending).toEqual([]);
    await clock.advance(100);
    expect(task).toHaveBeenCalledTimes(1);
    expect(own?.reason).toBe(reason);
    expect(listeners(controller.signal)).toBe(0);
  });

  test("by a later copy as it starts: no further one is started", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const task = vi.fn(({ attempt }: TaskContext) => {
      if (attempt === 2) controller.abort(reason);
      return sleep(Infinity);
    });
    const result = observe(hedge(task, { delay: 10, max: 5, signal: controller.signal }));
    await clock.advance(100);
    expect(result).toMatchObject({ status: "rejected", reason, at: 10 });
    expect(task).toHaveBeenCalledTimes(2);
  });

  test("right after a failure: the copy that is due is not started", async () => {
    const controller = new AbortController();
    const first = deferred<string>();
    const task = vi.fn(() => first.promise);
    const result = rejection(hedge(task, { delay: Infinity, signal: controller.signal }));
    first.reject(new Error("down"));
    // One microtask: the failure is heard of, the next copy is due.
    await Promise.resolve();
    controller.abort(reason);
    expect(await result).toBe(reason);
    await flush();
    expect(task).toHaveBeenCalledTimes(1);
  });

  test("after: the winner's signal stays silent, and no listener was left", async () => {
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    const win: Task<string> = ({ signal }) => {
      own = signal;
      return "won";
    };
    expect(await hedge(win, { delay: 10, signal: controller.signal })).toBe("won");
    expect(listeners(controller.signal)).toBe(0);
    controller.abort(reason);
    await flush();
    expect(own?.aborted).toBe(false);
  });
});

describe("hedge() and its losers", () => {
  test("their signals abort with an AbortError when another wins, so that their timers go", async () => {
    using clock = virtualTime();
    const signals: AbortSignal[] = [];
    const task: Task<string> = async ({ attempt, signal }) => {
      signals.push(signal);
      await sleep(attempt === 2 ? 5 : 10_000, { signal });
      return `copy ${attempt}`;
    };
    expect(await clock.run(() => hedge(task, { delay: 10, max: 3 }))).toBe("copy 2");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toMatchObject({ name: "AbortError" });
    expect([clock.now, clock.pending]).toEqual([15, []]);
  });

  test("a loser that reads its signal later sees it aborted", async () => {
    const { promise, resolve } = deferred();
    const seen = deferred<boolean>();
    const task: Task<string> = async (context) => {
      if (context.attempt === 2) return "won";
      await promise;
      seen.resolve(context.signal.aborted);
      return "lost";
    };
    expect(await hedge(task, { delay: 0 })).toBe("won");
    resolve();
    expect(await seen.promise).toBe(true);
  });

  test("a result of a loser that comes later changes nothing", async () => {
    using clock = virtualTime();
    const { task } = copies({ ms: 500, value: "late" }, { ms: 10, value: "won" });
    const result = observe(hedge(task, { delay: 100 }));
    await clock.advance(1_000);
    expect(result).toMatchObject({ value: "won", at: 110 });
  });
});

describe("hedge() inside another pattern", () => {
  test("hears of its abort, and makes no AbortController for it", async () => {
    using clock = virtualTime();
    using controllers = countControllers();
    let calls = 0;
    const task: Task<void> = () => {
      calls++;
      return sleep(Infinity);
    };
    const result = observe(timeout((context) => hedge(task, { delay: 100, ...pick(context) }), 1_000));
    await clock.advance(999);
    expect([calls, controllers.made]).toEqual([2, 1]);
    await clock.advance(1);
    expect(result.reason).toBeInstanceOf(TimeoutError);
    expect(clock.pending).toEqual([]);
  });

  test("makes no AbortController where no copy reads its signal", async () => {
    using clock = virtualTime();
    using controllers = countControllers();
    const task: Task<number> = ({ attempt }) => (attempt === 1 ? sleep(Infinity).then(() => 1) : 2);
    expect(await clock.run(() => hedge(task, { delay: 10 }))).toBe(2);
    expect(controllers.made).toBe(0);
  });

  test("a retry inside it ends its backoff when another copy wins", async () => {
    using clock = virtualTime();
    let calls = 0;
    const task: Task<string> = (context) => {
      if (context.attempt === 2) return "won";
      const fail = () => Promise.reject(new Error(`down ${++calls}`));
      return retry(fail, { backoff: 1_000, attempts: Infinity, signal: context.signal });
    };
    expect(await clock.run(() => hedge(task, { delay: 2_500 }))).toBe("won");
    await clock.advance(10_000);
    expect(calls).toBe(3);
    expect(clock.pending).toEqual([]);
  });
});

/** What a caller that is no policy hands on. */
const pick = ({ signal }: TaskContext) => ({ signal });

test("10,000 hedges that are aborted leave no listener and no timer, and tell all copies", async () => {
  using clock = virtualTime();
  const shared = new AbortController();
  const controllers = Array.from({ length: 5_000 }, () => new AbortController());
  let told = 0;
  const task: Task<void> = (context) => sleep(Infinity, context).catch(() => void told++);
  const start = ({ signal }: AbortController) => observe(hedge(task, { delay: 100, max: 3, signal }));
  const all = [...controllers.map(start), ...controllers.map(() => start(shared))];
  await clock.advance(150);
  expect(listeners(shared.signal)).toBe(1);
  for (const controller of [shared, ...controllers]) controller.abort(reason);
  await clock.advance(0);
  expect(all.every((each) => each.reason === reason)).toBe(true);
  expect(told).toBe(20_000);
  expect(clock.pending).toEqual([]);
  expect([shared, ...controllers].every(({ signal }) => listeners(signal) === 0)).toBe(true);
});

test("aborted hedges leave no unhandled rejection and no warning", async () => {
  const controller = new AbortController();
  const found = await complaints(async () => {
    const late = deferred();
    const task = () => late.promise.then(() => Promise.reject(new Error("late")));
    const options = { delay: 60_000, signal: controller.signal };
    const all = Array.from({ length: 50 }, () => rejection(hedge(task, options)));
    controller.abort(reason);
    await Promise.all(all);
    late.resolve();
    await flush();
  });
  expect(found).toEqual([]);
});
