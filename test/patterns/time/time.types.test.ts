import {
  abortable,
  moveOnAfter,
  shield,
  sleep,
  timeout,
  type MovedOn,
  type MoveOnContext,
  type Task,
} from "yieldpoint";
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

test("moveOnAfter() gives the value, or the partial result of the context's type, if any", async () => {
  const count = async ({ save }: MoveOnContext<string[]>): Promise<number> => {
    save([]);
    return 1;
  };
  const moved = await moveOnAfter(count, 5);
  expectTypeOf(moved).toEqualTypeOf<MovedOn<number, string[]>>();
  if (moved.done) expectTypeOf(moved.value).toEqualTypeOf<number>();
  else expectTypeOf(moved.partial).toEqualTypeOf<string[] | undefined>();
  expectTypeOf(await moveOnAfter<number>(({ save }) => (save(1), 2), 5, { signal: undefined })).toEqualTypeOf<
    MovedOn<number, number>
  >();
  expectTypeOf((await moveOnAfter(() => "a", 5)).done).toEqualTypeOf<boolean>();
  const save = ({ save: keep }: MoveOnContext<string>): void => {
    // @ts-expect-error the partial result is a string
    keep(1);
  };
  expect((await moveOnAfter(save, 5)).done).toBe(true);
});

test("shield() gives what the task gives, awaited", async () => {
  expectTypeOf(await shield(async ({ attempt }) => attempt, { signal: undefined })).toEqualTypeOf<number>();
  expectTypeOf(await shield(() => thenable<string>((done) => done("a")))).toEqualTypeOf<string>();
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
