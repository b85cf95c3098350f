import { describe, expect, test } from "vitest";
import { Semaphore } from "yieldpoint";
import { countControllers } from "../../support/controllers.ts";
import { deferred, flush, rejection } from "../../support/waiting.ts";

describe("Semaphore.execute()", () => {
  test("gives what the task gives: a promise's value, a thenable's, a plain one", async () => {
    const semaphore = new Semaphore(1);
    const thenable = { then: (resolve: (value: string) => void) => resolve("thenable") };
    expect(await semaphore.execute(async () => "promise")).toBe("promise");
    expect(await semaphore.execute(() => thenable as PromiseLike<string>)).toBe("thenable");
    expect(await semaphore.execute(() => "plain")).toBe("plain");
    expect(await semaphore.execute(() => undefined)).toBeUndefined();
  });

  test("makes no signal for a task that reads none, whether it has waited or not", async () => {
    using controllers = countControllers();
    const semaphore = new Semaphore(1);
    const runs = [
      semaphore.execute(() => 1),
      semaphore.execute(() => 2),
      semaphore.execute(() => 3, { priority: 1 }),
    ];
    expect(await Promise.all(runs)).toEqual([1, 2, 3]);
    expect(controllers.made).toBe(0);
  });

  test("holds the task's weight until the task is over", async () => {
    const semaphore = new Semaphore(4);
    const work = deferred();
    const running = semaphore.execute(() => work.promise, { weight: 3 });
    expect(semaphore.stats().held).toBe(3);
    work.resolve();
    await running;
    expect(semaphore.stats().held).toBe(0);
  });

  test("runs waiting tasks by priority", async () => {
    const semaphore = new Semaphore(1);
    const order: number[] = [];
    const run = (priority: number) => semaphore.execute(() => void order.push(priority), { priority });
    const held = await semaphore.acquire();
    const all = Promise.all([run(0), run(2), run(1)]);
    held.release();
    await all;
    expect(order).toEqual([2, 1, 0]);
  });

  test("frees the permits when the task rejects", async () => {
    const semaphore = new Semaphore(2);
    const error = new Error("failed");
    expect(await rejection(semaphore.execute(() => Promise.reject(error), { weight: 2 }))).toBe(error);
    expect(semaphore.stats().held).toBe(0);
  });

  test("makes a sync throw a rejection and frees the permits", async () => {
    const semaphore = new Semaphore(1);
    const error = new Error("sync");
    const result = semaphore.execute(() => {
      throw error;
    });
    expect(await rejection(result)).toBe(error);
    expect(semaphore.stats().held).toBe(0);
  });

  test("`throw undefined` stays a rejection, at once and after a wait", async () => {
    const semaphore = new Semaphore(1);
    const fail = () => {
      throw undefined;
    };
    const [first, second] = [semaphore.execute(fail), semaphore.execute(fail)];
    expect(await rejection(first)).toBeUndefined();
    expect(await rejection(second)).toBeUndefined();
    expect(semaphore.stats()).toEqual({ permits: 1, held: 0, waiting: 0 });
  });

  test("a task that waits for a permit it needs of another semaphore holds its own meanwhile", async () => {
    const [outer, inner] = [new Semaphore(1), new Semaphore(1)];
    const permit = await inner.acquire();
    const result = outer.execute(() => inner.execute(() => "both"));
    await flush();
    expect(outer.stats().held).toBe(1);
    permit.release();
    expect(await result).toBe("both");
  });

  test("hands the task attempt 1 and a signal that stays quiet where the caller has none", async () => {
    const context = await new Semaphore(1).execute(({ attempt, signal }) => ({ attempt, signal }));
    expect(context.attempt).toBe(1);
    expect(context.signal).toBeInstanceOf(AbortSignal);
    expect(context.signal.aborted).toBe(false);
  });

  test("hands the task the caller's own signal", async () => {
    const { signal } = new AbortController();
    expect(await new Semaphore(1).execute((context) => context.signal, { signal })).toBe(signal);
  });
});

describe("Semaphore: nothing runs in another caller's stack", () => {
  test("a release starts no waiting task synchronously", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    let started = false;
    const result = semaphore.execute(() => void (started = true));
    permit.release();
    expect(started).toBe(false);
    await result;
    expect(started).toBe(true);
  });

  test("a resize starts no waiting task synchronously", async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    let started = false;
    const result = semaphore.execute(() => void (started = true));
    semaphore.resize(2);
    expect(started).toBe(false);
    await result;
  });

  test("an abort that lets others in starts no waiting task synchronously", async () => {
    const semaphore = new Semaphore(2);
    await semaphore.acquire();
    const controller = new AbortController();
    const heavy = rejection(semaphore.acquire({ weight: 2, signal: controller.signal }));
    let started = false;
    const light = semaphore.execute(() => void (started = true));
    controller.abort();
    expect(started).toBe(false);
    await Promise.all([heavy, light]);
    expect(started).toBe(true);
  });
});

test("execute() runs a function that has a `then` as any other task, at once and from the queue", async () => {
  const semaphore = new Semaphore(1);
  const task = Object.assign(() => "ran", {
    then: () => {
      throw new Error("taken for a promise");
    },
  });
  const found = await Promise.all([
    semaphore.execute(task),
    semaphore.execute(task),
    semaphore.execute(task),
  ]);
  expect(found).toEqual(["ran", "ran", "ran"]);
  expect(semaphore.stats().held).toBe(0);
});
