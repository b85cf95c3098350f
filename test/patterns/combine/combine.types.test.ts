import { any, gather, gatherSettled, race, type Settled, type Task } from "yieldpoint";
import { expect, expectTypeOf, test } from "vitest";
import { rejection } from "../../support/waiting.ts";

// Checked by the compiler; what runs is only there to be typed.

test("gather() of an array literal gives a tuple, also of async and differing tasks", async () => {
  expectTypeOf(await gather([() => 1, async () => "a", ({ signal }) => signal.aborted])).toEqualTypeOf<
    [number, string, boolean]
  >();
  expectTypeOf(await gather([])).toEqualTypeOf<[]>();
});

test("gather() of a readonly tuple gives a tuple that may be changed", async () => {
  const tasks = [() => 1, () => "a"] as const;
  expectTypeOf(await gather(tasks)).toEqualTypeOf<[number, string]>();
});

test("gather() of an array gives an array", async () => {
  const tasks: Task<number>[] = [];
  expectTypeOf(await gather(tasks)).toEqualTypeOf<number[]>();
  expectTypeOf(await gather([1, 2].map((n) => async () => String(n)))).toEqualTypeOf<string[]>();
  const mixed: (Task<number> | Task<string>)[] = [];
  expectTypeOf(await gather(mixed)).toEqualTypeOf<(string | number)[]>();
});

test("gather() of a record gives a record, that may be changed and keeps what is optional", async () => {
  expectTypeOf(await gather({ a: () => 1, b: async () => "b" })).toEqualTypeOf<{ a: number; b: string }>();
  const readonlyTasks: { readonly a: () => number } = { a: () => 1 };
  expectTypeOf(await gather(readonlyTasks)).toEqualTypeOf<{ a: number }>();
  const optional: { a?: () => number; b: () => string } = { b: () => "b" };
  expectTypeOf(await gather(optional)).toEqualTypeOf<{ a?: number; b: string }>();
  const dynamic: Record<string, Task<number>> = {};
  expectTypeOf(await gather(dynamic)).toEqualTypeOf<Record<string, number>>();
});

test("gather() and gatherSettled() take a record that is an interface, and type what a task is called with", async () => {
  interface Tasks {
    readonly a: () => number;
    b: Task<string>;
  }
  const tasks: Tasks = { a: () => 1, b: () => "b" };
  expectTypeOf(await gather(tasks)).toEqualTypeOf<{ a: number; b: string }>();
  expectTypeOf(await gatherSettled(tasks)).toEqualTypeOf<Settled<Tasks>>();
  expectTypeOf(await gather({ a: ({ signal }) => signal.aborted })).toEqualTypeOf<{ a: boolean }>();
  // @ts-expect-error a promise has started already
  expect(await rejection(gather({ a: Promise.resolve(1) }))).toBeInstanceOf(TypeError);
});

test("gather() of an iterable gives an array, also of differing tasks", async () => {
  function* mixed(): Generator<(() => number) | (() => Promise<string>)> {
    yield () => 1;
  }
  const alike = new Set<() => number>();
  const differing = new Set([() => 1, () => "a"]);
  expectTypeOf(await gather(alike)).toEqualTypeOf<number[]>();
  expectTypeOf(await gather(differing)).toEqualTypeOf<(number | string)[]>();
  expectTypeOf(await gather(mixed())).toEqualTypeOf<(number | string)[]>();
  const named = new Map([["a", async () => 1]]);
  expectTypeOf(await gather(named.values())).toEqualTypeOf<number[]>();
  expectTypeOf(await gather<number>(alike)).toEqualTypeOf<number[]>();
});

test("gather() keeps undefined, null and void in results", async () => {
  const find = async (): Promise<string | undefined> => undefined;
  const nothing = (): void => {};
  const none = (): null => null;
  expectTypeOf(await gather([find, nothing, none])).toEqualTypeOf<[string | undefined, void, null]>();
});

test("gather() takes options that are explicitly undefined, and refuses what is no task", async () => {
  expectTypeOf(await gather([], { concurrency: undefined, signal: undefined })).toEqualTypeOf<[]>();
  const promise = Promise.resolve(1);
  // @ts-expect-error a promise is no task
  expect(await rejection(gather([promise]))).toBeInstanceOf(TypeError);
  // @ts-expect-error nor is a task a list of them
  expect(await rejection(gather(() => 1))).toBeInstanceOf(TypeError);
  // @ts-expect-error nor is a promise
  expect(await rejection(gather(promise))).toBeInstanceOf(TypeError);
  // @ts-expect-error nor is text
  expect(await rejection(gather("text"))).toBeInstanceOf(TypeError);
  // @ts-expect-error nor is a number
  expect(await rejection(gather(5))).toBeInstanceOf(RangeError);
});

test("gather() in generic code gives what its tasks give", () => {
  const all = <T>(tasks: readonly Task<T>[]): Promise<T[]> => gather(tasks);
  expectTypeOf(all<number>).returns.toEqualTypeOf<Promise<number[]>>();
});

test("gatherSettled() keeps the shape of its tasks", async () => {
  type End<T> = PromiseSettledResult<T>;
  expectTypeOf(await gatherSettled([() => 1, async () => "a"])).toEqualTypeOf<[End<number>, End<string>]>();
  expectTypeOf(await gatherSettled({ a: () => 1 })).toEqualTypeOf<{ a: End<number> }>();
  const optional: { a?: () => number } = {};
  expectTypeOf(await gatherSettled(optional)).toEqualTypeOf<{ a?: End<number> }>();
  const alike = new Set<() => number>();
  const differing = new Set([() => 1, () => "a"]);
  expectTypeOf(await gatherSettled(alike)).toEqualTypeOf<End<number>[]>();
  expectTypeOf(await gatherSettled(differing)).toEqualTypeOf<End<number | string>[]>();
});

test("race() and any() give any one of the results", async () => {
  expectTypeOf(await race([() => 1, async () => 2])).toEqualTypeOf<number>();
  expectTypeOf(await race([() => 1, async () => "a"])).toEqualTypeOf<number | string>();
  expectTypeOf(await any(new Set([() => 1, () => "a"]))).toEqualTypeOf<number | string>();
  expectTypeOf(await race<number>([() => 1])).toEqualTypeOf<number>();
  expectTypeOf(await any([({ signal }) => signal.aborted, ({ attempt }) => String(attempt)])).toEqualTypeOf<
    boolean | string
  >();
  const first = <T>(tasks: readonly Task<T>[]): Promise<T> => race(tasks);
  expectTypeOf(first<number>).returns.toEqualTypeOf<Promise<number>>();
  const promise = Promise.resolve(1);
  // @ts-expect-error a promise is no task
  expect(await rejection(race([promise]))).toBeInstanceOf(TypeError);
});
