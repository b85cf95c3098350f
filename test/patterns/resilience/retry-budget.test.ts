import { describe, expect, test, vi } from "vitest";
import { hedge, retry, RetryBudget } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { rejection } from "../../support/waiting.ts";
import { failing } from "./failing.ts";

/** How many further calls a budget allows until it refuses one. */
function drain(budget: RetryBudget): number {
  let granted = 0;
  while (granted < 1_000 && budget.tryWithdraw()) granted++;
  return granted;
}

function deposit(budget: RetryBudget, times: number): void {
  for (let i = 0; i < times; i++) budget.deposit();
}

describe("RetryBudget", () => {
  test("has 3 in reserve, and earns one for five first calls", () => {
    const budget = new RetryBudget();
    expect(drain(budget)).toBe(3);
    deposit(budget, 4);
    expect(budget.tryWithdraw()).toBe(false);
    deposit(budget, 1);
    expect(drain(budget)).toBe(1);
  });

  test("honours ratio and reserve", () => {
    const budget = new RetryBudget({ ratio: 0.5, reserve: 10 });
    expect(drain(budget)).toBe(10);
    deposit(budget, 7);
    expect(drain(budget)).toBe(3);
  });

  test("earns by the decimal ratio: ten first calls at 0.1 are one, whatever is lost by rounding", () => {
    for (const [ratio, calls] of [
      [0.1, 10],
      [0.29, 100],
      [0.07, 100],
    ] as const) {
      const budget = new RetryBudget({ ratio, reserve: 0 });
      deposit(budget, calls - 1);
      const before = drain(budget);
      deposit(budget, 1);
      expect(before + drain(budget)).toBe(Math.round(calls * ratio));
    }
  });

  test("saves up what 100 first calls earn beside its reserve, and no more", () => {
    const budget = new RetryBudget({ ratio: 0.2, reserve: 3 });
    deposit(budget, 99);
    expect(budget.stats().available).toBe(22);
    deposit(budget, 1_000_000);
    expect(budget.stats().available).toBe(23);
    expect(drain(budget)).toBe(23);
  });

  test("can always save up one, however little a call earns", () => {
    const budget = new RetryBudget({ ratio: 0.001, reserve: 0 });
    deposit(budget, 999);
    expect(budget.stats().available).toBe(0);
    deposit(budget, 1_001);
    expect(drain(budget)).toBe(1);
  });

  test("with ratio 0 has its reserve and nothing more", () => {
    const budget = new RetryBudget({ ratio: 0, reserve: 2 });
    deposit(budget, 1_000);
    expect(drain(budget)).toBe(2);
  });

  test("with reserve 0 must earn the first one", () => {
    const budget = new RetryBudget({ ratio: 1, reserve: 0 });
    expect(budget.tryWithdraw()).toBe(false);
    budget.deposit();
    expect(drain(budget)).toBe(1);
  });

  test("with a reserve of Infinity refuses nothing", () => {
    const budget = new RetryBudget({ reserve: Infinity });
    budget.deposit();
    expect(drain(budget)).toBe(1_000);
    expect(budget.stats()).toEqual({ available: Infinity, calls: 1, granted: 1_000, refused: 0 });
  });

  test("with a ratio of Infinity refuses nothing from the first call on", () => {
    const budget = new RetryBudget({ ratio: Infinity, reserve: 0 });
    expect(budget.tryWithdraw()).toBe(false);
    budget.deposit();
    expect(drain(budget)).toBe(1_000);
  });

  test("tells in stats() what is left and what was asked", () => {
    const budget = new RetryBudget({ ratio: 0.5, reserve: 1 });
    expect(budget.stats()).toStrictEqual({ available: 1, calls: 0, granted: 0, refused: 0 });
    budget.deposit();
    drain(budget);
    expect(budget.stats()).toStrictEqual({ available: 0, calls: 1, granted: 1, refused: 1 });
  });

  test("a refusal costs nothing", () => {
    const budget = new RetryBudget({ ratio: 1, reserve: 0 });
    for (let i = 0; i < 5; i++) expect(budget.tryWithdraw()).toBe(false);
    budget.deposit();
    expect(budget.tryWithdraw()).toBe(true);
  });

  test.each([
    [{ ratio: -0.1 }, RangeError, "RetryBudget: ratio must be a number >= 0, got -0.1"],
    [{ ratio: Number.NaN }, RangeError, "RetryBudget: ratio must be a number >= 0, got NaN"],
    [{ ratio: "1" as never }, TypeError, 'RetryBudget: ratio must be a number >= 0, got "1"'],
    [{ reserve: -1 }, RangeError, "RetryBudget: reserve must be an integer >= 0 or Infinity, got -1"],
    [{ reserve: 1.5 }, RangeError, "RetryBudget: reserve must be an integer >= 0 or Infinity, got 1.5"],
  ])("refuses %o", (options, type, message) => {
    expect(() => new RetryBudget(options)).toThrow(new type(message));
  });
});

describe("retry({ budget })", () => {
  test("that is spent: gives the real error at once, without a sleep, and tells onRetry nothing", async () => {
    using clock = virtualTime();
    const budget = new RetryBudget({ ratio: 0, reserve: 0 });
    const { task, errors, at } = failing(Infinity);
    const onRetry = vi.fn();
    expect(await rejection(retry(task, { budget, onRetry }))).toBe(errors[0]);
    expect(at).toEqual([0]);
    expect(clock.pending).toEqual([]);
    expect(onRetry).not.toHaveBeenCalled();
  });

  test("that is spent midway: gives the last error", async () => {
    using clock = virtualTime();
    const budget = new RetryBudget({ ratio: 0, reserve: 2 });
    const { task, errors, at } = failing(Infinity);
    const result = rejection(retry(task, { attempts: Infinity, backoff: 10, budget }));
    expect(await clock.run(() => result)).toBe(errors[2]);
    expect(at).toEqual([0, 10, 20]);
  });

  test("that is spent: gives the last result where whenResult wants another", async () => {
    const budget = new RetryBudget({ ratio: 0, reserve: 1 });
    const task = vi.fn(({ attempt }: { readonly attempt: number }) => attempt);
    expect(await retry(task, { backoff: 0, budget, whenResult: () => true })).toBe(2);
    expect(budget.stats()).toEqual({ available: 0, calls: 1, granted: 1, refused: 1 });
  });

  test("is earned by each first call, whether it fails or not, and by no repetition", async () => {
    const budget = new RetryBudget();
    await retry(() => "fine", { budget });
    await rejection(retry(failing(9).task, { budget, attempts: 1 }));
    await retry(failing(2).task, { budget, backoff: 0 });
    expect(budget.stats()).toEqual({ available: 1, calls: 3, granted: 2, refused: 0 });
  });

  test("is asked only for a repetition that would be made", async () => {
    const budget = new RetryBudget();
    await rejection(retry(failing(9).task, { budget, when: () => false }));
    await rejection(retry(failing(9).task, { budget, backoff: 10, maxElapsed: 5 }));
    await retry(() => 1, { budget, whenResult: () => false });
    expect(budget.stats()).toMatchObject({ granted: 0, refused: 0 });
  });

  test("earns nothing by a call that was aborted before, or refused for its arguments", async () => {
    const budget = new RetryBudget();
    await rejection(retry(() => 1, { budget, signal: AbortSignal.abort() }));
    await rejection(retry(() => 1, { budget, attempts: 0 }));
    await rejection(retry("task" as never, { budget }));
    expect(budget.stats().calls).toBe(0);
  });

  test("is shared by retries and hedges", async () => {
    const budget = new RetryBudget({ ratio: 0, reserve: 3 });
    const fail = () => Promise.reject(new Error("down"));
    await rejection(hedge(fail, { delay: 10, max: 3, budget }));
    const { task, at } = failing(Infinity);
    await rejection(retry(task, { backoff: 0, budget }));
    expect(at).toHaveLength(2);
    expect(budget.stats()).toEqual({ available: 0, calls: 2, granted: 3, refused: 1 });
  });

  test.each([
    [{ tryWithdraw: 1 }, "Object"],
    [null, "null"],
    [10, "10"],
  ])("refuses %o in its place", async (budget, got) => {
    const [retried, hedged] = [
      await rejection(retry(() => 1, { budget: budget as never })),
      await rejection(hedge(() => 1, { delay: 1, budget: budget as never })),
    ];
    const type = typeof budget === "number" ? RangeError : TypeError;
    expect(retried).toEqual(new type(`retry: budget must be a RetryBudget, got ${got}`));
    expect(hedged).toEqual(new type(`hedge: budget must be a RetryBudget, got ${got}`));
  });
});
