import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import {
  CircuitBreaker,
  CircuitOpenError,
  consecutive,
  retry,
  type CircuitState,
  type CircuitStats,
  type Outcome,
  type Policy,
} from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { deferred, listeners, rejection } from "../../support/waiting.ts";
import { call } from "../../support/breaker.ts";

describe("CircuitBreaker, closed,", () => {
  test("gives what the task gives: a promise's value, a thenable's, a plain one", async () => {
    const breaker = new CircuitBreaker();
    const thenable = { then: (resolve: (value: string) => void) => resolve("thenable") };
    expect(await breaker.execute(async () => "promise")).toBe("promise");
    expect(await breaker.execute(() => thenable as PromiseLike<string>)).toBe("thenable");
    expect(await breaker.execute(() => undefined)).toBeUndefined();
  });

  test("passes the task's failure on, and opens after five in a row by default", async () => {
    using _clock = virtualTime();
    const breaker = new CircuitBreaker();
    const error = new Error("down");
    for (let n = 1; n <= 5; n++) {
      expect(breaker.state).toBe("closed");
      expect(await rejection(breaker.execute(() => Promise.reject(error)))).toBe(error);
    }
    expect(breaker.state).toBe("open");
  });

  test("counts a sync throw and `throw undefined` as failures", async () => {
    const breaker = new CircuitBreaker({ trip: consecutive(2) });
    const error = new Error("sync");
    const thrower = (what: unknown) => () => {
      throw what;
    };
    expect(await rejection(breaker.execute(thrower(error)))).toBe(error);
    expect(await rejection(breaker.execute(thrower(undefined)))).toBeUndefined();
    expect(breaker.state).toBe("open");
    expect(breaker.stats().failures).toBe(2);
  });

  test("hands the task attempt 1 and the caller's own signal", async () => {
    const { signal } = new AbortController();
    const context = await new CircuitBreaker().execute((given) => [given.attempt, given.signal], { signal });
    expect(context).toEqual([1, signal]);
    expect(listeners(signal)).toBe(0);
  });

  test("lets any number of calls run at once", async () => {
    const breaker = new CircuitBreaker();
    const work = deferred();
    const all = Array.from({ length: 100 }, () => breaker.execute(() => work.promise));
    work.resolve();
    await Promise.all(all);
    expect(breaker.stats().successes).toBe(100);
  });

  test("runs each task in its own caller's context", async () => {
    const store = new AsyncLocalStorage<string>();
    const breaker = new CircuitBreaker();
    const seen = ["a", "b"].map((name) => store.run(name, () => breaker.execute(() => store.getStore())));
    expect(await Promise.all(seen)).toEqual(["a", "b"]);
  });
});

describe("CircuitBreaker, open,", () => {
  test("refuses calls without making them, and says when to come back", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 10_000 });
    await call(breaker, "fail");
    await clock.advance(4_000);
    const task = vi.fn();
    const error = await rejection(breaker.execute(task));
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({
      name: "CircuitOpenError",
      code: "ERR_CIRCUIT_OPEN",
      retryAfter: 6_000,
      message: "the circuit is open, the call was not made",
    });
    expect(task).not.toHaveBeenCalled();
    expect(breaker.stats()).toMatchObject({ state: "open", failures: 1, rejected: 1 });
  });

  test("lets a call in that waited as long as it was told, though its timer fires a little early", async () => {
    using clock = virtualTime();
    const now = vi.spyOn(performance, "now");
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 500 });
    now.mockReturnValue(1_000.4);
    await call(breaker, "fail");
    now.mockReturnValue(1_100.9);
    const error = await rejection(breaker.execute(() => "too early"));
    expect(error).toMatchObject({ retryAfter: 400 });
    // Node's timers count whole milliseconds: one of 400 ms may fire up to one early.
    now.mockReturnValue(1_499.95);
    expect(await breaker.execute(() => "in time")).toBe("in time");
    now.mockRestore();
    expect(clock.now).toBe(0);
  });

  test("stays open for 30,000 ms by default, then shows half-open without any call", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    await call(breaker, "fail");
    await clock.advance(29_999);
    expect(breaker.state).toBe("open");
    await clock.advance(1);
    expect([breaker.state, breaker.stats().state]).toEqual(["half-open", "half-open"]);
  });

  test("a change of the wall clock neither ends a cooldown nor prolongs it", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000 });
    await call(breaker, "fail");
    const wall = vi.spyOn(Date, "now").mockReturnValue(Number.MAX_SAFE_INTEGER);
    const states = [breaker.state];
    wall.mockReturnValue(0);
    states.push(breaker.state);
    await clock.advance(1_000);
    states.push(breaker.state);
    expect(states).toEqual(["open", "open", "half-open"]);
  });

  test("a cooldown over 2^31 ms is kept to", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 2 ** 31 + 5 });
    await call(breaker, "fail");
    await clock.advance(2 ** 31);
    expect(breaker.state).toBe("open");
    await clock.advance(5);
    expect(breaker.state).toBe("half-open");
  });

  test("a cooldown of Infinity never ends", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: Infinity });
    await call(breaker, "fail");
    await clock.advance(1e12);
    expect(await rejection(breaker.execute(() => 1))).toMatchObject({ retryAfter: Infinity });
  });

  test("holds no timer", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    await call(breaker, "fail");
    await rejection(breaker.execute(() => 1));
    expect(clock.pending).toEqual([]);
  });

  test("refusals are not failures: they neither count nor prolong the cooldown", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000 });
    await call(breaker, "fail");
    await clock.advance(999);
    for (let n = 0; n < 10; n++) await rejection(breaker.execute(() => 1));
    await clock.advance(1);
    expect(await breaker.execute(() => "back")).toBe("back");
    expect(breaker.stats()).toEqual({ state: "closed", successes: 1, failures: 1, ignored: 0, rejected: 10 });
  });

  test("tells retry how long to wait", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 10_000 });
    const task = vi.fn(({ attempt }: { readonly attempt: number }) => attempt);
    await call(breaker, "fail");
    const retryAfter = (error: unknown) => (error instanceof CircuitOpenError ? error.retryAfter : undefined);
    expect(await clock.run(() => retry(() => breaker.execute(task), { retryAfter }))).toBe(1);
    expect(clock.now).toBe(10_000);
  });
});

describe("CircuitBreaker({ isFailure })", () => {
  test("is asked with { error } or { value }", async () => {
    const asked: Outcome[] = [];
    const breaker = new CircuitBreaker({ isFailure: (outcome) => asked.push(outcome) < 0 });
    const error = new Error("down");
    await breaker.execute(() => "value");
    await rejection(breaker.execute(() => Promise.reject(error)));
    await rejection(breaker.execute(() => Promise.reject(undefined)));
    expect(asked).toEqual([{ value: "value" }, { error }, { error: undefined }]);
    expect("error" in (asked[2] as Outcome)).toBe(true);
  });

  test("makes a failure of a value, which the caller still gets", async () => {
    const isFailure = (outcome: Outcome) => "value" in outcome && outcome.value === 503;
    const breaker = new CircuitBreaker({ trip: consecutive(2), isFailure });
    expect(await breaker.execute(() => 503)).toBe(503);
    expect(await breaker.execute(() => Promise.resolve(503))).toBe(503);
    expect(breaker.stats()).toMatchObject({ state: "open", failures: 2 });
  });

  test("an error that it waves through counts as neither, and does not end a row of failures", async () => {
    const isFailure = (outcome: Outcome) => "error" in outcome && outcome.error !== "not found";
    const breaker = new CircuitBreaker({ trip: consecutive(2), isFailure });
    await call(breaker, "fail");
    expect(await rejection(breaker.execute(() => Promise.reject("not found")))).toBe("not found");
    await call(breaker, "fail");
    expect(breaker.stats()).toEqual({ state: "open", successes: 0, failures: 2, ignored: 1, rejected: 0 });
  });

  test("a value of a trial that it finds failed opens the circuit again", async () => {
    using clock = virtualTime();
    const isFailure = (outcome: Outcome) => "error" in outcome || outcome.value === 503;
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000, isFailure });
    await call(breaker, "fail");
    await clock.advance(1_000);
    expect(await breaker.execute(() => 503)).toBe(503);
    expect(breaker.state).toBe("open");
  });

  test("that throws rejects the call with its own error and counts as neither", async () => {
    const isFailure = () => {
      throw new Error("in isFailure");
    };
    const breaker = new CircuitBreaker({ trip: consecutive(1), isFailure });
    await expect(breaker.execute(() => 1)).rejects.toThrow("in isFailure");
    await expect(breaker.execute(() => Promise.reject("down"))).rejects.toThrow("in isFailure");
    expect(breaker.stats()).toEqual({ state: "closed", successes: 0, failures: 0, ignored: 2, rejected: 0 });
  });
});

test("CircuitBreaker.stats() is a plain object that does not change", async () => {
  const breaker = new CircuitBreaker({ trip: consecutive(1) });
  const before = breaker.stats();
  await call(breaker, "succeed", "fail");
  await rejection(breaker.execute(() => 1));
  expect(Object.getPrototypeOf(before)).toBe(Object.prototype);
  expect(before).toEqual({ state: "closed", successes: 0, failures: 0, ignored: 0, rejected: 0 });
  expect(breaker.stats()).toEqual({ state: "open", successes: 1, failures: 1, ignored: 0, rejected: 1 });
});

describe("CircuitBreaker under fake timers that were installed after it was made", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("measures the cooldown on the fake clock", async () => {
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000 });
    vi.useFakeTimers();
    await call(breaker, "fail");
    await vi.advanceTimersByTimeAsync(999);
    expect(breaker.state).toBe("open");
    await vi.advanceTimersByTimeAsync(1);
    expect(breaker.state).toBe("half-open");
  });
});

test("CircuitBreaker: types", () => {
  const breaker = new CircuitBreaker();
  expectTypeOf(breaker).toExtend<Policy>();
  expectTypeOf(breaker.execute(async () => 1)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(breaker.state).toEqualTypeOf<CircuitState>();
  expectTypeOf(breaker.stats()).toEqualTypeOf<CircuitStats>();
  expectTypeOf(breaker.isolate()).toEqualTypeOf<Disposable>();
});
