import { AsyncLocalStorage } from "node:async_hooks";
import { AsyncQueue, gather, sleep, type Task, type TaskContext } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { deferred, flush, rejection } from "../../support/waiting.ts";

/** A task that gives `value` after a time, or stops when told. */
function after<T>(ms: number, value: T): Task<T> {
  return async ({ signal }) => {
    await sleep(ms, { signal });
    return value;
  };
}

describe("gather() results", () => {
  test("stand in the order of the tasks, not of their ends", async () => {
    using clock = virtualTime();
    const results = await clock.run(() => gather([after(30, "a"), after(10, "b"), after(20, "c")]));
    expect(results).toStrictEqual(["a", "b", "c"]);
    expect(clock.now).toBe(30);
  });

  test("stand under the names of a record's tasks, in its order", async () => {
    using clock = virtualTime();
    const results = await clock.run(() => gather({ slow: after(20, 1), fast: after(10, 2) }));
    expect(results).toStrictEqual({ slow: 1, fast: 2 });
    expect(Object.keys(results)).toStrictEqual(["slow", "fast"]);
  });

  test("take awkward names of a record as they are", async () => {
    const tasks = JSON.parse('{ "__proto__": 0, "constructor": 0, "": 0 }');
    for (const name of Object.keys(tasks)) Object.defineProperty(tasks, name, { value: () => `<${name}>` });
    const results = await gather(tasks);
    expect(Object.entries(results)).toStrictEqual([
      ["__proto__", "<__proto__>"],
      ["constructor", "<constructor>"],
      ["", "<>"],
    ]);
  });

  test("come of a record without a prototype", async () => {
    const tasks: Record<string, Task<number>> = Object.create(null);
    tasks["a"] = () => 1;
    expect(await gather(tasks)).toStrictEqual({ a: 1 });
  });

  test("come of a module's namespace, and of whatever else has a tag of its own", async () => {
    const tasks = Object.defineProperty({ a: () => 1 }, Symbol.toStringTag, { value: "Module" });
    expect(await gather(tasks)).toStrictEqual({ a: 1 });
  });

  test("come of a Set, a generator and any other iterable", async () => {
    function* tasks(): Generator<Task<number>> {
      for (let n = 1; n <= 3; n++) yield () => n * n;
    }
    expect(await gather(new Set([() => 1, () => 2]))).toStrictEqual([1, 2]);
    expect(await gather(tasks())).toStrictEqual([1, 4, 9]);
    expect(await gather({ [Symbol.iterator]: tasks })).toStrictEqual([1, 4, 9]);
  });

  test("are an empty array, or an empty record, where there is nothing to run", async () => {
    expect(await gather([])).toStrictEqual([]);
    expect(await gather(new Set<Task<number>>())).toStrictEqual([]);
    expect(await gather({})).toStrictEqual({});
  });

  test("may be undefined, falsy, plain values or come of any thenable", async () => {
    const tasks = [
      () => undefined,
      () => 0,
      () => null,
      async () => "async",
      () => thenable<string>((done) => done("then")),
    ] as const;
    expect(await gather(tasks)).toStrictEqual([undefined, 0, null, "async", "then"]);
  });

  test("are not touched by tasks that are added to the array later", async () => {
    const tasks: Task<string>[] = [];
    tasks.push(() => {
      tasks.push(() => "intruder");
      return "only";
    });
    expect(await gather(tasks, { concurrency: 1 })).toStrictEqual(["only"]);
  });
});

describe("gather() starts", () => {
  test("all tasks at once, in their order, in the caller's stack", () => {
    const order: number[] = [];
    void gather([1, 2, 3].map((n) => () => order.push(n)));
    expect(order).toStrictEqual([1, 2, 3]);
  });

  test("no more than `concurrency` tasks, the next as one ends", async () => {
    using clock = virtualTime();
    const started: string[] = [];
    const note = (name: string, ms: number) => async (context: TaskContext) => {
      started.push(`${name}@${clock.now}`);
      return after(ms, name)(context);
    };
    const tasks = [note("a", 30), note("b", 10), note("c", 10), note("d", 5)];
    const results = await clock.run(() => gather(tasks, { concurrency: 2 }));
    expect(started).toStrictEqual(["a@0", "b@0", "c@10", "d@20"]);
    expect(results).toStrictEqual(["a", "b", "c", "d"]);
    expect(clock.now).toBe(30);
  });

  test.each([undefined, Infinity, 5])("all at once with a concurrency of %s", (concurrency) => {
    let started = 0;
    void gather(
      Array.from({ length: 5 }, () => () => ++started),
      { concurrency },
    );
    expect(started).toBe(5);
  });

  test("10,000 tasks one by one without growing the stack", async () => {
    const tasks = Array.from({ length: 10_000 }, (_, n) => () => n);
    const results = await gather(tasks, { concurrency: 1 });
    expect(results).toHaveLength(10_000);
    expect(results.at(-1)).toBe(9_999);
  });

  test("each task with attempt 1 and a signal that has not aborted, nor does when all is well", async () => {
    const contexts: TaskContext[] = [];
    const tasks = [0, 1].map(() => (context: TaskContext) => {
      contexts.push(context);
      return context.attempt;
    });
    expect(await gather(tasks)).toStrictEqual([1, 1]);
    await flush();
    expect(contexts.map(({ signal }) => signal.aborted)).toStrictEqual([false, false]);
  });

  test("the tasks in the caller's AsyncLocalStorage context, those that waited too", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const task: Task<string | undefined> = async (context) => {
      const atStart = user.getStore();
      await after(5, undefined)(context);
      return `${atStart} ${user.getStore()}`;
    };
    const ask = (): Promise<unknown> => gather([task, task, task], { concurrency: 1 });
    const both = (): Promise<unknown> => Promise.all([user.run("Ada", ask), user.run("Bob", ask)]);
    expect(await clock.run(both)).toStrictEqual([
      ["Ada Ada", "Ada Ada", "Ada Ada"],
      ["Bob Bob", "Bob Bob", "Bob Bob"],
    ]);
  });

  test("no AbortController for tasks that never read `signal`, not even at a failure or an abort", async () => {
    using controllers = countControllers();
    const controller = new AbortController();
    await gather([() => 1, ({ attempt }) => attempt, async () => 3], { signal: controller.signal });
    await rejection(gather([() => Promise.reject(new Error("x")), () => 2]));
    const waiting = rejection(gather([() => deferred().promise], { signal: controller.signal }));
    controller.abort();
    await waiting;
    expect(controllers.made).toBe(1);
  });
});

describe("gather() refuses", () => {
  test.each([
    [5, "got 5", RangeError],
    [null, "got null", TypeError],
    [undefined, "got undefined", TypeError],
    ["ab", 'got "ab"', TypeError],
    [() => 1, "got Function", TypeError],
    [Promise.resolve(), "got Promise", TypeError],
    [new Date(0), "got Date", TypeError],
    [(async function* tasks() {})(), "got AsyncGenerator", TypeError],
    [new AsyncQueue(), "got Object", TypeError],
    // Its next() and return() would do for tasks.
    [new AsyncQueue().values(), "got Object", TypeError],
  ])("what is no iterable and no record %#", async (tasks, got, type) => {
    const expected = new type(`gather: tasks must be an iterable or a record of functions, ${got}`);
    expect(await rejection(untyped(gather, tasks))).toStrictEqual(expected);
  });

  test("a promise in a task's place, naming its place, and starts nothing", async () => {
    let started = 0;
    const start = (): number => ++started;
    const expected = (place: string, got: string): TypeError =>
      new TypeError(`gather: task ${place} must be a function, got ${got}`);
    expect(await rejection(untyped(gather, [start, Promise.resolve(1)]))).toStrictEqual(
      expected("1", "Promise"),
    );
    expect(await rejection(untyped(gather, new Set([start, undefined])))).toStrictEqual(
      expected("1", "undefined"),
    );
    expect(await rejection(untyped(gather, { start, user: "Ada" }))).toStrictEqual(expected("user", '"Ada"'));
    expect(started).toBe(0);
  });

  test.each([
    [0, RangeError, "0"],
    [-1, RangeError, "-1"],
    [1.5, RangeError, "1.5"],
    [NaN, RangeError, "NaN"],
    ["2", TypeError, '"2"'],
    [null, TypeError, "null"],
  ])("a concurrency of %j", async (concurrency, type, got) => {
    let started = 0;
    const expected = new type(`gather: concurrency must be an integer >= 1 or Infinity, got ${got}`);
    expect(await rejection(untyped(gather, [() => ++started], { concurrency }))).toStrictEqual(expected);
    expect(started).toBe(0);
  });

  test("a throwing iterator, with its own error, and starts nothing", async () => {
    let started = 0;
    const error = new Error("cannot list");
    function* tasks(): Generator<Task<number>> {
      yield () => ++started;
      throw error;
    }
    expect(await rejection(gather(tasks()))).toBe(error);
    expect(started).toBe(0);
  });
});
