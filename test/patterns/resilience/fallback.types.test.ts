import {
  fallback,
  fallbackPolicy,
  type FallbackOptions,
  type FallbackPolicyOptions,
  type Policy,
  type Task,
  type TaskContext,
} from "yieldpoint";
import { expect, expectTypeOf, test } from "vitest";
import { thenable } from "../../support/thenable.ts";
import { rejection } from "../../support/waiting.ts";

// Checked by the compiler; what runs is only there to be typed.

const task: Task<string> = () => "a";

test("fallback() gives the task's result or the answer, awaited", async () => {
  expectTypeOf(await fallback(task, () => 1)).toEqualTypeOf<string | number>();
  expectTypeOf(await fallback(task, async () => null)).toEqualTypeOf<string | null>();
  expectTypeOf(await fallback(task, () => thenable<number>((done) => done(1)))).toEqualTypeOf<
    string | number
  >();
  expectTypeOf(await fallback(task, () => "b")).toEqualTypeOf<string>();
  expectTypeOf(await fallback(task, (): undefined => undefined)).toEqualTypeOf<string | undefined>();
  const fail = (): never => {
    throw new Error("no");
  };
  expectTypeOf(await fallback(task, fail)).toEqualTypeOf<string>();
  expectTypeOf(await fallback(fail, () => 1)).toEqualTypeOf<number>();
});

test("fallback() types what the answer and `when` are given", async () => {
  await fallback(
    task,
    (error, context) => {
      expectTypeOf(error).toBeUnknown();
      expectTypeOf(context).toEqualTypeOf<TaskContext>();
    },
    {
      when: (error) => {
        expectTypeOf(error).toBeUnknown();
        return true;
      },
      signal: undefined,
    },
  );
  expectTypeOf<FallbackOptions["when"]>().toEqualTypeOf<
    ((error: unknown) => boolean | PromiseLike<boolean>) | undefined
  >();
});

test("fallback() refuses a promise in the task's place, and a value in the answer's", async () => {
  // @ts-expect-error a promise has started already
  expect(await rejection(fallback(Promise.resolve(1), () => 1))).toBeInstanceOf(TypeError);
  // @ts-expect-error an answer is a function
  expect(await rejection(fallback(task, "cached"))).toBeInstanceOf(TypeError);
});

test("fallbackPolicy() is a policy whose answer's type reaches the result", async () => {
  const policy = fallbackPolicy(async () => 1);
  expectTypeOf(policy).toEqualTypeOf<Policy<number>>();
  expectTypeOf(await policy.execute(task)).toEqualTypeOf<string | number>();
  const refusing = fallbackPolicy(() => Promise.reject(new Error("no")));
  expectTypeOf(await refusing.execute(task)).toEqualTypeOf<string>();
  expectTypeOf<FallbackPolicyOptions>().not.toHaveProperty("signal");
});
