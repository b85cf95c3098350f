import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, describe, expect, test, vi } from "vitest";
import { chaos, CircuitBreaker, compose, consecutive, sleep, timeoutPolicy, type Task } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { Scope } from "../../../src/patterns/core/scope.ts";
import { countControllers } from "../../support/controllers.ts";
import { complaints, rejection } from "../../support/waiting.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("chaos() with every rate at 0", () => {
  test("is transparent: task, value, failure and context pass through", async () => {
    using controllers = countControllers();
    const policy = chaos();
    const scope = new Scope(2);
    expect(await policy.execute((context) => context, scope)).toBe(scope);
    expect(await policy.execute(async () => "value")).toBe("value");
    const error = new Error("down");
    expect(await rejection(policy.execute(() => Promise.reject(error)))).toBe(error);
    const throwing: Task<never> = () => {
      throw undefined;
    };
    expect(await rejection(policy.execute(throwing))).toBeUndefined();
    expect(controllers.made).toBe(0);
    expect(policy.stats()).toMatchObject({ calls: 4, latencies: 0, faults: 0, results: 0 });
  });

  test("calls the task at once, with the caller's own signal, and attempt 1", async () => {
    const { signal } = new AbortController();
    let called = false;
    const running = chaos().execute(
      (context) => {
        called = true;
        return [context.signal, context.attempt];
      },
      { signal },
    );
    expect(called).toBe(true);
    expect(await running).toEqual([signal, 1]);
  });

  test("draws no number, starts no timer, and asks nobody for what it would inject", async () => {
    using clock = virtualTime();
    const random = vi.spyOn(Math, "random");
    const asked = vi.fn(() => 1_000);
    const fault = vi.fn();
    const policy = chaos({ seed: 1, latency: asked, fault, result: asked });
    for (let n = 0; n < 100; n++) await policy.execute(() => 1);
    for (const called of [random, asked, fault]) expect(called).not.toHaveBeenCalled();
    expect(clock.pending).toEqual([]);
  });

  test("takes undefined for every option", async () => {
    const policy = chaos({
      faultRate: undefined,
      fault: undefined,
      latencyRate: undefined,
      latency: undefined,
      resultRate: undefined,
      result: undefined,
      seed: undefined,
    });
    expect(await policy.execute(() => 1)).toBe(1);
  });
});

describe("chaos({ faultRate })", () => {
  test("fails the call without making it, with an error that says where it comes from", async () => {
    const task = vi.fn();
    const policy = chaos({ faultRate: 1 });
    const [first, second] = [await rejection(policy.execute(task)), await rejection(policy.execute(task))];
    expect(first).toEqual(Object.assign(new Error("injected by chaos"), { code: "ERR_CHAOS" }));
    expect(first).toMatchObject({ code: "ERR_CHAOS" });
    expect(second).not.toBe(first);
    expect(task).not.toHaveBeenCalled();
    expect(policy.stats()).toMatchObject({ calls: 2, faults: 2 });
  });

  test("fails it with the error that is given, or with what the function makes, falsy too", async () => {
    const error = new Error("ECONNRESET");
    expect(await rejection(chaos({ faultRate: 1, fault: error }).execute(() => 1))).toBe(error);
    for (const made of [error, undefined, null, 0]) {
      expect(await rejection(chaos({ faultRate: 1, fault: () => made }).execute(() => 1))).toBe(made);
    }
    const throwing = (): never => {
      throw error;
    };
    expect(await rejection(chaos({ faultRate: 1, fault: throwing }).execute(() => 1))).toBe(error);
  });

  test("is a failure for what stands around it", async () => {
    const breaker = new CircuitBreaker({ trip: consecutive(2) });
    const policy = compose(breaker, chaos({ faultRate: 1 }));
    for (let n = 0; n < 2; n++) await rejection(policy.execute(() => 1));
    expect(breaker.state).toBe("open");
  });
});

describe("chaos({ resultRate })", () => {
  test("answers without making the call: with a value, or what a function makes, awaited", async () => {
    const task = vi.fn(() => "real");
    const results = [503, null, false, () => 503, async () => 503, Promise.resolve(503)];
    const answers: unknown[] = [];
    for (const result of results) answers.push(await chaos({ resultRate: 1, result }).execute(task));
    expect(answers).toEqual([503, null, false, 503, 503, 503]);
    expect(await chaos({ resultRate: 1, result: () => undefined }).execute(task)).toBeUndefined();
    expect(task).not.toHaveBeenCalled();
  });

  test("rejects with what the function fails with", async () => {
    const error = new Error("no result");
    const result = (): never => {
      throw error;
    };
    expect(await rejection(chaos({ resultRate: 1, result }).execute(() => 1))).toBe(error);
  });

  test("a fault goes before a result, which is not asked for then", async () => {
    const result = vi.fn(() => 503);
    const policy = chaos({ faultRate: 1, resultRate: 1, result });
    await expect(policy.execute(() => 1)).rejects.toThrow("injected by chaos");
    expect(result).not.toHaveBeenCalled();
    expect(policy.stats()).toMatchObject({ calls: 1, faults: 1, results: 0 });
  });
});

describe("chaos({ latencyRate })", () => {
  test("holds the call up, then makes it", async () => {
    using clock = virtualTime();
    const startedAt: number[] = [];
    const policy = chaos({ latencyRate: 1, latency: 300 });
    const task = (): Promise<string> => {
      startedAt.push(clock.now);
      return sleep(50).then(() => "done");
    };
    expect(await clock.run(() => policy.execute(task))).toBe("done");
    expect([startedAt, clock.now]).toEqual([[300], 350]);
    expect(policy.stats()).toMatchObject({ calls: 1, latencies: 1, faults: 0, results: 0 });
    expect(clock.pending).toEqual([]);
  });

  test("holds it up for a second by default", async () => {
    using clock = virtualTime();
    await clock.run(() => chaos({ latencyRate: 1 }).execute(() => 1));
    expect(clock.now).toBe(1_000);
  });

  test("asks a function for the time, with random numbers of at least 0 and below 1", async () => {
    using clock = virtualTime();
    const drawn: number[] = [];
    const latency = (random: () => number): number => {
      drawn.push(random(), random());
      return 100 * drawn.length;
    };
    const policy = chaos({ latencyRate: 1, latency });
    await clock.run(() => policy.execute(() => 1));
    expect(clock.now).toBe(200);
    await clock.run(() => policy.execute(() => 1));
    expect(clock.now).toBe(600);
    expect(new Set(drawn).size).toBe(4);
    for (const number of drawn) {
      expect(number).toBeGreaterThanOrEqual(0);
      expect(number).toBeLessThan(1);
    }
  });

  test("comes before a fault and before a result", async () => {
    using clock = virtualTime();
    const late = { latencyRate: 1, latency: 100 };
    await clock.run(() => rejection(chaos({ ...late, faultRate: 1 }).execute(() => 1)));
    expect(clock.now).toBe(100);
    expect(await clock.run(() => chaos({ ...late, resultRate: 1, result: 5 }).execute(() => 1))).toBe(5);
    expect(clock.now).toBe(200);
  });

  test("of more than 2^31 ms is kept to, of 0 makes the call soon, of Infinity never", async () => {
    using clock = virtualTime();
    await clock.run(() => chaos({ latencyRate: 1, latency: 2 ** 31 + 5 }).execute(() => 1));
    expect(clock.now).toBe(2 ** 31 + 5);
    expect(await clock.run(() => chaos({ latencyRate: 1, latency: 0 }).execute(() => 1))).toBe(1);
    expect(clock.now).toBe(2 ** 31 + 5);
    const black = compose(timeoutPolicy(50), chaos({ latencyRate: 1, latency: Infinity }));
    expect(await clock.run(() => rejection(black.execute(() => 1)))).toMatchObject({ code: "ERR_TIMEOUT" });
  });

  test("rejects where the function gives no number >= 0, and does not make the call", async () => {
    const task = vi.fn();
    for (const [latency, message] of [
      [() => -1, "chaos: latency must be a number >= 0, got -1"],
      [() => Number.NaN, "chaos: latency must be a number >= 0, got NaN"],
    ] as const) {
      const refused = await rejection(chaos({ latencyRate: 1, latency }).execute(task));
      expect(refused).toEqual(new RangeError(message));
    }
    expect(task).not.toHaveBeenCalled();
  });

  test("makes the call in its caller's AsyncLocalStorage context", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const policy = chaos({ latencyRate: 1, latency: 10 });
    const ask = (name: string) => user.run(name, () => policy.execute(() => user.getStore()));
    expect(await clock.run(() => Promise.all([ask("Ada"), ask("Bob")]))).toEqual(["Ada", "Bob"]);
  });
});

test("chaos() leaves no unhandled rejection", async () => {
  const found = await complaints(async () => {
    for (let n = 0; n < 10; n++) await rejection(chaos({ faultRate: 1 }).execute(() => 1));
  });
  expect(found).toEqual([]);
});

test("chaos().stats() is a plain object that does not change", async () => {
  const policy = chaos({ faultRate: 1, seed: 7 });
  const before = policy.stats();
  await rejection(policy.execute(() => 1));
  expect(Object.getPrototypeOf(before)).toBe(Object.prototype);
  expect(before).toEqual({ seed: 7, calls: 0, latencies: 0, faults: 0, results: 0 });
  expect(policy.stats()).toEqual({ seed: 7, calls: 1, latencies: 0, faults: 1, results: 0 });
});

test("chaos().stats() counts each kind of disturbance", async () => {
  using clock = virtualTime();
  const policy = chaos({ latencyRate: 1, latency: 1, resultRate: 1, result: "instead", seed: 7 });
  await clock.run(async () => [await policy.execute(() => 1), await policy.execute(() => 2)]);
  expect(policy.stats()).toEqual({ seed: 7, calls: 2, latencies: 2, faults: 0, results: 2 });
});

describe("chaos(): bad arguments", () => {
  const bad = (value: unknown) => value as never;

  test.each([
    [{ faultRate: -0.1 }, RangeError, "chaos: faultRate must be a number >= 0, got -0.1"],
    [{ faultRate: 1.01 }, RangeError, "chaos: faultRate must be at most 1, got 1.01"],
    [{ latencyRate: Number.NaN }, RangeError, "chaos: latencyRate must be a number >= 0, got NaN"],
    [{ latencyRate: 20 }, RangeError, "chaos: latencyRate must be at most 1, got 20"],
    [{ resultRate: 2, result: 1 }, RangeError, "chaos: resultRate must be at most 1, got 2"],
    [{ resultRate: bad("0.5") }, TypeError, 'chaos: resultRate must be a number >= 0, got "0.5"'],
    [{ resultRate: 0.5 }, TypeError, "chaos: result must be given, got undefined"],
    [{ latency: -1 }, RangeError, "chaos: latency must be a number >= 0, got -1"],
    [{ latency: bad("1s") }, TypeError, 'chaos: latency must be a number >= 0, got "1s"'],
    [{ seed: 1.5 }, RangeError, "chaos: seed must be an integer, got 1.5"],
    [{ seed: bad("abc") }, TypeError, 'chaos: seed must be an integer, got "abc"'],
  ])("%o is refused", (options, type, message) => {
    expect(() => chaos(options)).toThrow(new type(message));
  });

  test("a promise in place of the task is refused, and counts as no call", async () => {
    const policy = chaos({ faultRate: 1 });
    expect(await rejection(policy.execute(bad(Promise.resolve(1))))).toEqual(
      new TypeError("chaos: task must be a function, got Promise"),
    );
    expect(policy.stats().calls).toBe(0);
  });
});
