import { describe, expect, test, vi } from "vitest";
import {
  CircuitBreaker,
  retry,
  RetryBudget,
  retryPolicy,
  Semaphore,
  sleep,
  timeout,
  TimeoutError,
  type TaskContext,
} from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { countControllers } from "../../support/controllers.ts";
import { flush, listeners, rejection } from "../../support/waiting.ts";
import { failing } from "./failing.ts";

const reason = new Error("gave up");

describe("retryPolicy()", () => {
  test("repeats as retry does, with its options for each task", async () => {
    using clock = virtualTime();
    const policy = retryPolicy({ attempts: 3, backoff: 10 });
    const [first, second] = [failing(2), failing(9)];
    expect(await clock.run(() => policy.execute(first.task))).toBe("done");
    expect(await clock.run(() => rejection(policy.execute(second.task)))).toBe(second.errors[2]);
    expect([first.at, second.at]).toEqual([
      [0, 10, 20],
      [20, 30, 40],
    ]);
  });

  test("has the defaults of retry", async () => {
    using clock = virtualTime();
    const { task, errors } = failing(Infinity);
    expect(await clock.run(() => rejection(retryPolicy().execute(task)))).toBe(errors[3]);
    expect(errors).toHaveLength(4);
  });

  test("looks at its options once: what becomes of them later changes nothing", async () => {
    const options = { attempts: 2, backoff: 0 };
    const policy = retryPolicy(options);
    options.attempts = -1;
    const { task, at } = failing(Infinity);
    await rejection(policy.execute(task));
    expect(at).toHaveLength(2);
  });

  test("refuses bad options at once, not at the first call", () => {
    expect(() => retryPolicy({ attempts: 0 })).toThrow(
      new RangeError("retry: attempts must be an integer >= 1 or Infinity, got 0"),
    );
  });

  test("rejects what is no task or no signal", async () => {
    const bad = (value: unknown) => value as never;
    const policy = retryPolicy({ attempts: 2 });
    expect(await rejection(policy.execute(bad(null)))).toEqual(
      new TypeError("retry: task must be a function, got null"),
    );
    expect(await rejection(policy.execute(() => 1, { signal: bad("stop") }))).toEqual(
      new TypeError('signal must be an AbortSignal, got "stop"'),
    );
  });

  test("ends with the caller's signal: before, during a wait, and it is the task's", async () => {
    using clock = virtualTime();
    const policy = retryPolicy({ backoff: 1_000 });
    const task = vi.fn(({ signal }: TaskContext) => Promise.reject(signal));
    const early = { signal: AbortSignal.abort(reason) };
    expect(await rejection(policy.execute(task, early))).toBe(reason);
    expect(task).not.toHaveBeenCalled();
    const controller = new AbortController();
    const result = observe(policy.execute(task, controller));
    await clock.advance(10);
    controller.abort(reason);
    await clock.advance(5_000);
    expect(result).toMatchObject({ status: "rejected", reason, at: 10 });
    expect(task).toHaveBeenCalledTimes(1);
    expect(await rejection(task.mock.results[0]?.value as Promise<never>)).toBe(controller.signal);
    expect(listeners(controller.signal)).toBe(0);
  });

  test("shares its budget with all that it runs", async () => {
    const policy = retryPolicy({ budget: new RetryBudget({ reserve: 3, ratio: 0 }), backoff: 0 });
    const all = [failing(9), failing(9), failing(9)];
    for (const { task } of all) await rejection(policy.execute(task));
    expect(all.map(({ at }) => at.length)).toEqual([4, 1, 1]);
  });
});

// A context that another pattern passes is no signal: it has one only when somebody reads it.
describe.each([
  ["retry()", <T>(task: (context: TaskContext) => T, context: TaskContext) => retry(task, context)],
  [
    "retryPolicy()",
    <T>(task: (context: TaskContext) => T, context: TaskContext) => retryPolicy().execute(task, context),
  ],
])("%s inside another pattern", (_name, run) => {
  test("hears of its abort in a wait, and makes no AbortController for it", async () => {
    using clock = virtualTime();
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const { task, at } = failing(Infinity);
    using controllers = countControllers();
    const result = observe(timeout((context) => run(task, context), 150));
    await clock.advance(149);
    expect(controllers.made).toBe(0);
    await clock.advance(10_000);
    expect(result).toMatchObject({ status: "rejected", at: 150 });
    expect(result.reason).toBeInstanceOf(TimeoutError);
    expect(at).toHaveLength(2);
    expect(clock.pending).toEqual([]);
    vi.restoreAllMocks();
  });

  test("makes no AbortController where nobody reads the signal, and gives the outer one to who does", async () => {
    using controllers = countControllers();
    expect(await timeout((context) => run(({ attempt }) => attempt, context), 60_000)).toBe(1);
    expect(controllers.made).toBe(0);
    let outer: AbortSignal | undefined;
    const inner = await timeout((context) => {
      outer = context.signal;
      return run(({ signal }) => signal, context);
    }, 60_000);
    expect(inner).toBe(outer);
    expect(controllers.made).toBe(1);
  });

  test("counts its own attempts", async () => {
    const seen: number[] = [];
    const inner = (context: TaskContext) => run(({ attempt }) => void seen.push(attempt), context);
    const outer = async (context: TaskContext) => {
      await inner(context);
      throw new Error("again");
    };
    await rejection(retry(outer, { attempts: 3, backoff: 0 }));
    expect(seen).toEqual([1, 1, 1]);
  });
});

describe("retryPolicy() around another policy", () => {
  test("hands the attempt through a semaphore, which is free during the waits", async () => {
    using clock = virtualTime();
    const semaphore = new Semaphore(1);
    const { task, attempts } = failing(2);
    const policy = retryPolicy({ backoff: 100 });
    const result = observe(policy.execute((context) => semaphore.execute(task, context)));
    await clock.advance(50);
    expect(semaphore.stats().held).toBe(0);
    await clock.advance(1_000);
    expect(result.value).toBe("done");
    expect(attempts).toEqual([1, 2, 3]);
  });

  test("repeats what a breaker refuses, until it lets it in", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ cooldown: 1_000 });
    for (let i = 0; i < 5; i++) await breaker.execute(() => Promise.reject(reason)).catch(() => {});
    const policy = retryPolicy({ attempts: 3, backoff: 600 });
    const result = observe(policy.execute((context) => breaker.execute(() => "up", context)));
    await clock.advance(2_000);
    expect(result).toMatchObject({ value: "up", at: 1_200 });
  });

  test("tells an attempt that runs of the caller's abort, and waits for it", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const policy = retryPolicy({ backoff: 10 });
    const task = vi.fn((context: TaskContext) => timeout((inner) => sleep(1_000, inner), 500, context));
    const result = observe(policy.execute(task, controller));
    await clock.advance(20);
    controller.abort(reason);
    await clock.advance(0);
    expect(result).toMatchObject({ status: "rejected", reason, at: 20 });
    expect(task).toHaveBeenCalledTimes(1);
  });

  test("leaves nothing behind of 10,000 calls that are aborted together", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const policy = retryPolicy({ backoff: 60_000 });
    const fail = () => Promise.reject(new Error("down"));
    const all = Array.from({ length: 10_000 }, () => observe(policy.execute(fail, controller)));
    await clock.advance(0);
    expect(clock.pending).toHaveLength(10_000);
    controller.abort(reason);
    await clock.advance(0);
    expect(all.every((each) => each.reason === reason)).toBe(true);
    expect([clock.pending, listeners(controller.signal)]).toEqual([[], 0]);
  });

  test("lets its caller's microtasks run between the attempts", async () => {
    const order: string[] = [];
    const policy = retryPolicy({ attempts: 2, backoff: 0 });
    const done = policy.execute(({ attempt }) => {
      order.push(`attempt ${attempt}`);
      if (attempt === 1) throw reason;
    });
    order.push("caller");
    await done;
    await flush();
    expect(order).toEqual(["attempt 1", "caller", "attempt 2"]);
  });
});
