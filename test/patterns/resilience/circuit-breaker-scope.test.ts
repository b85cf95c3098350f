import { describe, expect, test, vi } from "vitest";
import {
  CircuitBreaker,
  compose,
  consecutive,
  retry,
  sleep,
  timeout,
  timeoutPolicy,
  TimeoutError,
  type Task,
} from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { Scope } from "../../../src/patterns/core/scope.ts";
import { call } from "../../support/breaker.ts";
import { countControllers } from "../../support/controllers.ts";
import { deferred, flush, listeners, rejection } from "../../support/waiting.ts";

const hang: Task<void> = (context) => sleep(Infinity, context);

describe("CircuitBreaker with a timeout inside", () => {
  test("counts the deadline as a failure, whoever waits outside", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(2) });
    const policy = compose(timeoutPolicy(10_000), breaker, timeoutPolicy(50));
    for (const state of ["closed", "open"]) {
      expect(await clock.run(() => rejection(policy.execute(hang)))).toEqual(new TimeoutError(50));
      expect(breaker.state).toBe(state);
    }
    expect(breaker.stats()).toMatchObject({ failures: 2, ignored: 0 });
    expect(clock.pending).toEqual([]);
  });
});

describe("CircuitBreaker with a timeout outside", () => {
  test("counts nobody's failure: the deadline is its caller's abort", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    const policy = compose(timeoutPolicy(50), breaker);
    for (let n = 1; n <= 3; n++) {
      expect(await clock.run(() => rejection(policy.execute(hang)))).toEqual(new TimeoutError(50));
      expect(breaker.stats()).toMatchObject({ state: "closed", failures: 0, ignored: n });
    }
  });

  test("a task that was let go is followed: what it ends with counts, or not, when it ends", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    const [good, bad] = [deferred(), deferred()];
    for (const work of [good, bad]) {
      observe(timeout((context) => breaker.execute(() => work.promise, context), 50));
    }
    await clock.advance(50);
    expect(breaker.stats()).toMatchObject({ successes: 0, failures: 0, ignored: 0 });
    good.resolve();
    bad.reject(new Error("too late to matter"));
    await clock.advance(0);
    expect(breaker.stats()).toMatchObject({ state: "closed", successes: 1, failures: 0, ignored: 1 });
  });

  test("a failure before the deadline counts", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    const down: Task<never> = () => sleep(49).then(() => Promise.reject(new Error("down")));
    const policy = compose(timeoutPolicy(50), breaker);
    await expect(clock.run(() => policy.execute(down))).rejects.toThrow("down");
    expect(breaker.state).toBe("open");
  });

  test("a trial that the deadline ends frees its place for the next", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000 });
    const policy = compose(timeoutPolicy(50), breaker);
    await call(breaker, "fail");
    await clock.advance(1_000);
    await clock.run(() => rejection(policy.execute(hang)));
    expect(breaker.state).toBe("half-open");
    expect(await policy.execute(() => "in its place")).toBe("in its place");
    expect(breaker.state).toBe("closed");
  });
});

test("CircuitBreaker makes no signal for a task that reads none", async () => {
  using controllers = countControllers();
  const breaker = new CircuitBreaker();
  expect(await breaker.execute(() => 1)).toBe(1);
  await breaker.execute(() => Promise.reject(new Error("down"))).catch(() => {});
  expect(controllers.made).toBe(0);
  await breaker.execute(({ signal }) => expect(signal.aborted).toBe(false));
  expect(controllers.made).toBe(1);
});

describe("CircuitBreaker in the scope of another pattern", () => {
  test("hands the very context on, and makes no signal for it", async () => {
    using controllers = countControllers();
    const scope = new Scope(3);
    expect(await new CircuitBreaker().execute((context) => context, scope)).toBe(scope);
    const tasks = [() => 1, () => Promise.reject(new Error("down"))];
    for (const task of tasks) await new CircuitBreaker().execute(task, new Scope()).catch(() => {});
    expect(controllers.made).toBe(0);
  });

  test("refuses with the scope's reason once that has aborted, and counts nothing", async () => {
    const breaker = new CircuitBreaker();
    const scope = new Scope();
    const task = vi.fn();
    scope.abort("left");
    expect(await rejection(breaker.execute(task, scope))).toBe("left");
    expect(task).not.toHaveBeenCalled();
    expect(breaker.stats()).toEqual({ state: "closed", successes: 0, failures: 0, ignored: 0, rejected: 0 });
  });

  test("gives each attempt of a repetition its number", async () => {
    const breaker = new CircuitBreaker();
    const attempts: number[] = [];
    const task: Task<number> = ({ attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error("down");
      return attempt;
    };
    expect(await retry((context) => breaker.execute(task, context), { backoff: 0 })).toBe(3);
    expect(attempts).toEqual([1, 2, 3]);
    expect(breaker.stats()).toMatchObject({ successes: 1, failures: 2 });
  });

  test("a slow call is told from a fast one although a signal is given", async () => {
    using clock = virtualTime();
    const trip = () => ({
      timed: true,
      record: (_failed: boolean, duration: number, now: number) => duration === 30 && now === 30,
      isSlow: () => false,
    });
    const breaker = new CircuitBreaker({ trip });
    await clock.run(() => breaker.execute(() => sleep(30), new AbortController()));
    expect(breaker.state).toBe("open");
  });
});

test("CircuitBreaker listens to no signal: 10,000 calls that run leave nothing on it", async () => {
  const controller = new AbortController();
  const breaker = new CircuitBreaker();
  const work = deferred();
  const all = Array.from({ length: 10_000 }, () => breaker.execute(() => work.promise, controller));
  expect(listeners(controller.signal)).toBe(0);
  const settled = Promise.allSettled(all);
  controller.abort();
  work.reject(new Error("down"));
  await settled;
  await flush();
  expect(listeners(controller.signal)).toBe(0);
  expect(breaker.stats()).toMatchObject({ state: "closed", failures: 0, ignored: 10_000 });
});
