import { AsyncLocalStorage } from "node:async_hooks";
import { gatherSettled, sleep, type Task, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, rejection } from "../../support/waiting.ts";

const fail = (error: unknown) => (): never => {
  throw error;
};

test("gatherSettled() tells how each task ended, in the order of the tasks", async () => {
  using clock = virtualTime();
  const error = new Error("no");
  const slow = async (): Promise<string> => {
    await sleep(20);
    return "slow";
  };
  const results = await clock.run(() => gatherSettled([slow, fail(error), () => "fast"]));
  expect(results).toStrictEqual([
    { status: "fulfilled", value: "slow" },
    { status: "rejected", reason: error },
    { status: "fulfilled", value: "fast" },
  ]);
  expect(clock.now).toBe(20);
});

test("gatherSettled() answers under the names of a record, and in order for any iterable", async () => {
  const one = { status: "fulfilled", value: 1 };
  const bad = { status: "rejected", reason: "bad" };
  expect(await gatherSettled({ b: fail("bad"), a: () => 1 })).toStrictEqual({ b: bad, a: one });
  expect(await gatherSettled(new Set([() => 1, fail("bad")]))).toStrictEqual([one, bad]);
  expect(await gatherSettled([])).toStrictEqual([]);
  expect(await gatherSettled({})).toStrictEqual({});
});

test.each([undefined, null, 0, "", false])("gatherSettled() keeps the falsy failure %s", async (reason) => {
  const failures = await gatherSettled([fail(reason), () => Promise.reject(reason)]);
  expect(failures).toStrictEqual([
    { status: "rejected", reason },
    { status: "rejected", reason },
  ]);
});

test("gatherSettled() tells no other task of a failure, and starts those that wait", async () => {
  using clock = virtualTime();
  const signals: AbortSignal[] = [];
  const note = async ({ signal }: TaskContext): Promise<void> => {
    signals.push(signal);
    await sleep(10, { signal });
  };
  const results = await clock.run(() => gatherSettled([note, fail("x"), note, note], { concurrency: 2 }));
  expect(results.map(({ status }) => status)).toStrictEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
  expect(signals).toHaveLength(3);
  expect(signals.some((signal) => signal.aborted)).toBe(false);
});

test("gatherSettled() runs at most `concurrency` tasks, a failed one makes room", async () => {
  using clock = virtualTime();
  const starts: number[] = [];
  const task = (ms: number, error?: Error) => async (): Promise<void> => {
    starts.push(clock.now);
    await sleep(ms);
    if (error) throw error;
  };
  await clock.run(() => gatherSettled([task(10, new Error("x")), task(30), task(5)], { concurrency: 2 }));
  expect(starts).toStrictEqual([0, 0, 10]);
});

test("gatherSettled() rejects with the reason of an abort, tells the tasks and starts no more", async () => {
  const found = await complaints(async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const reason = new Error("leave");
    const told: unknown[] = [];
    const task: Task<void> = async ({ signal }) => {
      signal.addEventListener("abort", () => told.push(signal.reason));
      await sleep(100);
      throw new Error("late");
    };
    const options = { concurrency: 2, signal: controller.signal };
    const waiting = observe(gatherSettled([task, task, task], options));
    await clock.advance(10);
    controller.abort(reason);
    await clock.advance(500);
    expect(waiting).toMatchObject({ status: "rejected", at: 10 });
    expect(waiting.reason).toBe(reason);
    expect(told).toStrictEqual([reason, reason]);
  });
  expect(found).toStrictEqual([]);
});

test("gatherSettled() keeps the caller's AsyncLocalStorage context in tasks that waited for a failed one", async () => {
  const user = new AsyncLocalStorage<string>();
  const results = await user.run("Ada", () =>
    gatherSettled([fail("x"), () => user.getStore()], { concurrency: 1 }),
  );
  expect(results[1]).toStrictEqual({ status: "fulfilled", value: "Ada" });
});

test("gatherSettled() makes no AbortController for tasks that never read `signal`", async () => {
  using controllers = countControllers();
  await gatherSettled([fail("x"), ({ attempt }) => attempt]);
  expect(controllers.made).toBe(0);
});

test("gatherSettled() refuses bad arguments in its own name, and starts nothing", async () => {
  let started = 0;
  const start = (): number => ++started;
  expect(await rejection(untyped(gatherSettled, [start, Promise.resolve()]))).toStrictEqual(
    new TypeError("gatherSettled: task 1 must be a function, got Promise"),
  );
  expect(await rejection(untyped(gatherSettled, start))).toStrictEqual(
    new TypeError("gatherSettled: tasks must be an iterable or a record of functions, got Function"),
  );
  expect(await rejection(gatherSettled([start], { concurrency: 0 }))).toStrictEqual(
    new RangeError("gatherSettled: concurrency must be an integer >= 1 or Infinity, got 0"),
  );
  expect(started).toBe(0);
});
