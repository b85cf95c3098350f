import { expectTypeOf, test } from "vitest";
import {
  backoff,
  hedge,
  hedgePolicy,
  retry,
  RetryBudget,
  retryPolicy,
  StopRetry,
  type Backoff,
  type HedgeOptions,
  type Policy,
  type RetryBudgetStats,
  type RetryEvent,
  type RetryOptions,
  type RetryPolicyOptions,
  type Task,
} from "yieldpoint";

// Checked by the compiler; what runs is only there to be typed.

test("retry() gives what the task gives, awaited", () => {
  expectTypeOf(retry(() => 1)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(retry(async ({ attempt }) => String(attempt))).toEqualTypeOf<Promise<string>>();
  expectTypeOf(retry(() => {}, {})).toEqualTypeOf<Promise<void>>();
  expectTypeOf(new StopRetry(1)).toExtend<Error>();
});

test("whenResult is told the task's result, also of a task that reads its context", () => {
  const fetchStatus: Task<{ status: number }> = () => ({ status: 200 });
  const given = retry(fetchStatus, {
    whenResult: (value, attempt) => {
      expectTypeOf(value).toEqualTypeOf<{ status: number }>();
      expectTypeOf(attempt).toEqualTypeOf<number>();
      return value.status === 503;
    },
  });
  expectTypeOf(given).toEqualTypeOf<Promise<{ status: number }>>();
  const inferred = retry(async ({ attempt }) => [attempt], {
    whenResult: async (value) => {
      expectTypeOf(value).toEqualTypeOf<number[]>();
      return false;
    },
    onRetry: (event) => expectTypeOf(event).toEqualTypeOf<RetryEvent<number[]>>(),
  });
  expectTypeOf(inferred).toEqualTypeOf<Promise<number[]>>();
});

test("options made elsewhere, for any result, leave the task its own type", () => {
  const options: RetryOptions = { attempts: 2, whenResult: (value) => value === null };
  expectTypeOf(retry(() => "a", options)).toEqualTypeOf<Promise<string>>();
  const wide = (value: string | number) => value === 0;
  expectTypeOf(retry(() => "a", { whenResult: wide })).toEqualTypeOf<Promise<string>>();
  const none: RetryOptions = { whenResult: undefined, budget: undefined, signal: undefined };
  expectTypeOf(retry(() => "a", none)).toEqualTypeOf<Promise<string>>();
});

test("an event is of an error or of a value, and can be taken apart without asking which", () => {
  const event = { value: 1, attempt: 1, delay: 0 } as RetryEvent<number>;
  const { error, value, attempt, delay } = event;
  expectTypeOf(error).toEqualTypeOf<unknown>();
  expectTypeOf(value).toEqualTypeOf<number | undefined>();
  expectTypeOf([attempt, delay]).toEqualTypeOf<number[]>();
  if (!("error" in event)) expectTypeOf(event.value).toEqualTypeOf<number>();
  expectTypeOf<{ attempt: number; delay: number }>().not.toExtend<RetryEvent>();
  expectTypeOf<{ error: Error; value: 1; attempt: 1; delay: 1 }>().not.toExtend<RetryEvent>();
});

test("a backoff that is not called is no backoff", () => {
  expectTypeOf(backoff.exponential).not.toExtend<Backoff>();
  expectTypeOf(backoff.linear).not.toExtend<Backoff>();
  expectTypeOf(backoff.constant).not.toExtend<Backoff>();
  expectTypeOf(backoff.constant).not.toExtend<NonNullable<RetryOptions["backoff"]>>();
});

test("the policies keep the task's type, and take no signal", () => {
  expectTypeOf(retryPolicy()).toEqualTypeOf<Policy>();
  expectTypeOf(retryPolicy().execute(() => 1)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(hedgePolicy({ delay: 1 })).toEqualTypeOf<Policy>();
  expectTypeOf<RetryPolicyOptions>().not.toHaveProperty("signal");
  expectTypeOf(hedgePolicy).parameter(0).not.toHaveProperty("signal");
  expectTypeOf<Parameters<NonNullable<RetryPolicyOptions["whenResult"]>>[0]>().toEqualTypeOf<unknown>();
});

test("hedge() gives what the task gives, and must be told its delay", () => {
  expectTypeOf(hedge(async ({ attempt }) => attempt, { delay: 1 })).toEqualTypeOf<Promise<number>>();
  expectTypeOf<{ max: number }>().not.toExtend<HedgeOptions>();
});

test("a budget tells its state as plain numbers", () => {
  expectTypeOf(new RetryBudget({ ratio: undefined }).stats()).toEqualTypeOf<RetryBudgetStats>();
  expectTypeOf<RetryBudgetStats[keyof RetryBudgetStats]>().toEqualTypeOf<number>();
});
