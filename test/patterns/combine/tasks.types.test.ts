import {
  asCompleted,
  type AsCompletedOptions,
  background,
  mapConcurrent,
  taskGroup,
  wait,
  type Done,
  type Task,
  type TaskContext,
  type TaskGroup,
  type Waited,
} from "yieldpoint";
import { expect, expectTypeOf, test } from "vitest";
import { rejection } from "../../support/waiting.ts";

// Checked by the compiler; what runs is only there to be typed.

test("wait() gives what its tasks and promises give, alike or not", async () => {
  expectTypeOf(await wait([() => 1, async () => 2])).toEqualTypeOf<Waited<number>>();
  expectTypeOf(await wait([Promise.resolve(1)])).toEqualTypeOf<Waited<number>>();
  expectTypeOf(await wait([() => 1, Promise.resolve(1)])).toEqualTypeOf<Waited<number>>();
  expectTypeOf(await wait([() => 1, async () => "a"])).toEqualTypeOf<Waited<number | string>>();
  expectTypeOf(await wait(new Set([() => 1, Promise.resolve("a")]))).toEqualTypeOf<Waited<number | string>>();
  expectTypeOf(await wait([({ signal }: TaskContext) => signal.aborted], { until: undefined })).toEqualTypeOf<
    Waited<boolean>
  >();
  const { done, pending } = await wait([() => 1]);
  expectTypeOf(done).toEqualTypeOf<Done<number>[]>();
  expectTypeOf(pending).toEqualTypeOf<{ readonly index: number; readonly promise: Promise<number> }[]>();
  for (const end of done) {
    if (end.status === "fulfilled") expectTypeOf(end.value).toEqualTypeOf<number>();
    else expectTypeOf(end.reason).toBeAny();
  }
  // @ts-expect-error no such condition
  expect(await rejection(wait([() => 1], { until: "first" }))).toBeInstanceOf(TypeError);
  // @ts-expect-error a number is neither a task nor a promise
  expect(await rejection(wait([1]))).toBeInstanceOf(TypeError);
});

test("asCompleted() gives values, or ends with `settled`", async () => {
  for await (const result of asCompleted([() => 1, async () => 2])) {
    expectTypeOf(result).toEqualTypeOf<{ readonly index: number; readonly value: number }>();
  }
  for await (const { value } of asCompleted([() => 1, async () => "a"], { concurrency: undefined })) {
    expectTypeOf(value).toEqualTypeOf<number | string>();
  }
  for await (const result of asCompleted(new Set<Task<number>>(), { settled: true })) {
    expectTypeOf(result).toEqualTypeOf<Done<number>>();
  }
  for await (const result of asCompleted([() => 1, async () => "a"], { settled: true })) {
    expectTypeOf(result).toEqualTypeOf<Done<number | string>>();
  }
  for await (const { value } of asCompleted([() => undefined], { settled: false })) {
    expectTypeOf(value).toEqualTypeOf<undefined>();
  }
  const options: AsCompletedOptions = {};
  for await (const result of asCompleted([() => 1], options)) {
    expectTypeOf(result).toEqualTypeOf<Done<number> | { readonly index: number; readonly value: number }>();
  }
  for await (const result of asCompleted([() => 1, async () => "a"], options)) {
    expectTypeOf(result).toEqualTypeOf<
      Done<number | string> | { readonly index: number; readonly value: number | string }
    >();
  }
  // @ts-expect-error a promise is no task
  expect(() => asCompleted([Promise.resolve(1)])).toThrow(TypeError);
});

test("mapConcurrent() gives what the mapper gives, and hands it what the items are", async () => {
  expectTypeOf(await mapConcurrent([1, 2], (n) => String(n))).toEqualTypeOf<string[]>();
  expectTypeOf(await mapConcurrent(new Set(["a"]), async (text) => text.length)).toEqualTypeOf<number[]>();
  async function* numbers(): AsyncGenerator<number> {
    yield 1;
  }
  const results = await mapConcurrent(
    numbers(),
    async (item, index, context) => {
      expectTypeOf(item).toEqualTypeOf<number>();
      expectTypeOf(index).toEqualTypeOf<number>();
      expectTypeOf(context).toEqualTypeOf<TaskContext>();
      return item > 1 ? item : undefined;
    },
    { concurrency: undefined, signal: undefined },
  );
  expectTypeOf(results).toEqualTypeOf<(number | undefined)[]>();
  expectTypeOf(await mapConcurrent([1], () => {})).toEqualTypeOf<void[]>();
});

test("taskGroup() gives what its body gives, and its tasks what they give", async () => {
  const result = await taskGroup(async (group) => {
    expectTypeOf(group).toEqualTypeOf<TaskGroup>();
    expectTypeOf(group.signal).toEqualTypeOf<AbortSignal>();
    expectTypeOf(group.spawn(async () => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(group.shield(({ attempt }) => attempt)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(group.start<string>(({ ready }) => ready("up"))).toEqualTypeOf<Promise<string>>();
    expectTypeOf(group.start(({ ready }) => ready())).toEqualTypeOf<Promise<void>>();
    return "result";
  });
  expectTypeOf(result).toEqualTypeOf<string>();
  expectTypeOf(await taskGroup(() => {})).toEqualTypeOf<void>();
});

test("background() takes any task and gives nothing of it", async () => {
  const tasks = background({ onError: (error) => expectTypeOf(error).toBeUnknown() });
  expectTypeOf(tasks.spawn(async () => 1)).toEqualTypeOf<void>();
  expectTypeOf(tasks.drain({ deadline: undefined, signal: undefined })).toEqualTypeOf<Promise<void>>();
  expectTypeOf(tasks.stats()).toEqualTypeOf<{ readonly running: number }>();
});
