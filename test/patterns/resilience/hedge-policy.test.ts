import { describe, expect, test, vi } from "vitest";
import { hedge, hedgePolicy, RetryBudget, retryPolicy, sleep, timeout, type Task } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { countControllers } from "../../support/controllers.ts";
import { untyped } from "../../support/untyped.ts";
import { listeners, rejection } from "../../support/waiting.ts";
import { copies } from "./copies.ts";

const bad = (value: unknown) => value as never;

describe("hedgePolicy()", () => {
  test("hedges each task with its options", async () => {
    using clock = virtualTime();
    const policy = hedgePolicy({ delay: 100, max: 3 });
    const first = copies({ ms: Infinity }, { ms: Infinity }, { ms: 5, value: "third" });
    const second = copies({ ms: 10, value: "first" });
    expect(await clock.run(() => policy.execute(first.task))).toBe("third");
    expect(await clock.run(() => policy.execute(second.task))).toBe("first");
    expect([first.at, second.at]).toEqual([[0, 100, 200], [205]]);
  });

  test("starts 2 copies by default", async () => {
    using clock = virtualTime();
    const { task, at } = copies({ ms: Infinity });
    void observe(hedgePolicy({ delay: 100 }).execute(task));
    await clock.advance(1_000);
    expect(at).toEqual([0, 100]);
  });

  test("looks at its options once: what becomes of them later changes nothing", async () => {
    using clock = virtualTime();
    const options = { delay: 100, max: 2 };
    const policy = hedgePolicy(options);
    options.max = 5;
    const { task, at } = copies({ ms: Infinity });
    void observe(policy.execute(task));
    await clock.advance(1_000);
    expect(at).toEqual([0, 100]);
  });

  test("gives up with its caller's signal, and tells all copies", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { task, signals } = copies({ ms: Infinity });
    const result = observe(hedgePolicy({ delay: 10 }).execute(task, controller));
    await clock.advance(50);
    controller.abort("enough");
    await clock.advance(0);
    expect(result).toMatchObject({ status: "rejected", reason: "enough", at: 50 });
    expect(signals.map((signal) => signal.reason)).toEqual(["enough", "enough"]);
    expect([clock.pending.length, listeners(controller.signal)]).toEqual([0, 0]);
  });

  test("inside another policy hears of its abort, and makes no AbortController", async () => {
    using clock = virtualTime();
    using controllers = countControllers();
    const policy = hedgePolicy({ delay: 100, max: 5 });
    const task = vi.fn<Task<void>>(() => sleep(Infinity));
    const result = observe(timeout((context) => policy.execute(task, context), 250));
    await clock.advance(249);
    expect(controllers.made).toBe(0);
    await clock.advance(1_000);
    expect(result).toMatchObject({ status: "rejected", at: 250 });
    expect(task).toHaveBeenCalledTimes(3);
    expect(clock.pending).toEqual([]);
  });

  test("inside a retry: each attempt has its copies, and the budget is asked by both", async () => {
    using clock = virtualTime();
    const budget = new RetryBudget({ ratio: 0, reserve: 4 });
    const [outer, inner] = [retryPolicy({ budget, backoff: 100 }), hedgePolicy({ delay: 10, budget })];
    const { task, attempts } = copies({ error: "down" });
    const result = observe(outer.execute((context) => inner.execute(task, context)));
    await clock.advance(1_000);
    expect(result.reason).toEqual(new Error("down"));
    // Three attempts of two copies, of which the last one's second is refused.
    expect(attempts).toEqual([1, 2, 1, 2, 1]);
    expect(budget.stats()).toMatchObject({ available: 0, granted: 4, refused: 2 });
  });
});

describe("hedge() and hedgePolicy(): bad arguments", () => {
  test.each([
    [{ delay: -1 }, RangeError, "hedge: delay must be a number >= 0, got -1"],
    [{ delay: Number.NaN }, RangeError, "hedge: delay must be a number >= 0, got NaN"],
    [{ delay: bad(undefined) }, TypeError, "hedge: delay must be a number >= 0, got undefined"],
    [{ delay: 1, max: 0 }, RangeError, "hedge: max must be an integer >= 1, got 0"],
    [{ delay: 1, max: 1.5 }, RangeError, "hedge: max must be an integer >= 1, got 1.5"],
    // A task that fails at once would be called for ever, with no turn of the event loop between.
    [{ delay: 1, max: Infinity }, RangeError, "hedge: max must be an integer >= 1, got Infinity"],
    [{ delay: 1, max: bad("2") }, TypeError, 'hedge: max must be an integer >= 1, got "2"'],
  ])("%o is refused before the task is called", async (options, type, message) => {
    const task = vi.fn();
    const error = await rejection(hedge(task, options));
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toBe(message);
    expect(task).not.toHaveBeenCalled();
    expect(() => hedgePolicy(options)).toThrow(message);
  });

  test("no options are refused", async () => {
    expect(await rejection(untyped(hedge, () => 1))).toBeInstanceOf(TypeError);
  });

  test("what is no task or no signal is refused, and earns nothing", async () => {
    const budget = new RetryBudget();
    const options = { delay: 1, budget };
    expect(await rejection(hedge(bad(Promise.resolve(1)), options))).toEqual(
      new TypeError("hedge: task must be a function, got Promise"),
    );
    expect(await rejection(hedgePolicy(options).execute(bad(null)))).toEqual(
      new TypeError("hedge: task must be a function, got null"),
    );
    expect(await rejection(hedge(() => 1, { ...options, signal: bad({}) }))).toEqual(
      new TypeError("signal must be an AbortSignal, got Object"),
    );
    expect(await rejection(hedge(() => 1, { ...options, signal: AbortSignal.abort(1) }))).toBe(1);
    expect(budget.stats().calls).toBe(0);
  });
});
