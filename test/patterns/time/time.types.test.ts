import { abortable, sleep, timeout, type Task } from "yieldpoint";
import { expect, expectTypeOf, test } from "vitest";
import { thenable } from "../../support/thenable.ts";
import { rejection } from "../../support/waiting.ts";

// Checked by the compiler; what runs is only there to be typed.

test("timeout() gives what the task gives, awaited", async () => {
  expectTypeOf(await timeout(() => "a", 5)).toEqualTypeOf<string>();
  expectTypeOf(await timeout(async ({ signal }) => signal.aborted, 5)).toEqualTypeOf<boolean>();
  expectTypeOf(await timeout(() => thenable<number>((done) => done(1)), 5)).toEqualTypeOf<number>();
  expectTypeOf(await timeout((): void => {}, 5, {})).toEqualTypeOf<void>();
  const find: Task<string | undefined> = () => undefined;
  expectTypeOf(await timeout(find, 5)).toEqualTypeOf<string | undefined>();
});

test("timeout() with a fallback gives either's result", async () => {
  const task: Task<string> = () => "a";
  expectTypeOf(await timeout(task, 5, { fallback: () => undefined })).toEqualTypeOf<string | undefined>();
  expectTypeOf(await timeout(task, 5, { fallback: async (): Promise<number> => 1 })).toEqualTypeOf<
    string | number
  >();
  const fail = (): never => {
    throw new Error("no");
  };
  expectTypeOf(await timeout(task, 5, { fallback: fail })).toEqualTypeOf<string>();
  expectTypeOf(await timeout(task, 5, { fallback: undefined, signal: undefined })).toEqualTypeOf<string>();
});

test("timeout() refuses a promise in the task's place", async () => {
  const promise = Promise.resolve(1);
  // @ts-expect-error a promise has started already
  expect(await rejection(timeout(promise, 5))).toBeInstanceOf(TypeError);
});

test("abortable() gives what the promise gives", async () => {
  expectTypeOf(await abortable(Promise.resolve(1))).toEqualTypeOf<number>();
  expectTypeOf(
    await abortable(
      thenable<string>((done) => done("a")),
      undefined,
    ),
  ).toEqualTypeOf<string>();
});

test("sleep() gives nothing and takes options that are explicitly undefined", async () => {
  expectTypeOf(await sleep(0, { signal: undefined, unref: undefined })).toEqualTypeOf<void>();
});
