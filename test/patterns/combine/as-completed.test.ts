import { AsyncLocalStorage } from "node:async_hooks";
import { asCompleted, sleep, type Task, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { complaints, deferred, flush, rejection } from "../../support/waiting.ts";
import { failAnyway, nap } from "./tasks.ts";
import { read, value } from "./completed.ts";

const error = new Error("down");

describe("asCompleted()", () => {
  test("gives the results as they come", async () => {
    using clock = virtualTime();
    const at: number[] = [];
    const { given } = await clock.run(async () => {
      const results = asCompleted([nap(30), nap(10), nap(20)]);
      return read(
        (async function* noted() {
          for await (const result of results) {
            at.push(clock.now);
            yield result;
          }
        })(),
      );
    });
    expect(given).toStrictEqual([value(1, 10), value(2, 20), value(0, 30)]);
    expect(at).toStrictEqual([10, 20, 30]);
  });

  test("gives what came while the loop was busy, in the order of its coming", async () => {
    using clock = virtualTime();
    const seen: number[] = [];
    await clock.run(async () => {
      for await (const { index } of asCompleted([nap(30), nap(10), nap(20)])) {
        seen.push(index, clock.now);
        await sleep(100);
      }
    });
    expect(seen).toStrictEqual([1, 10, 2, 110, 0, 210]);
  });

  test("takes any iterable, and falsy, plain and foreign results", async () => {
    const tasks = new Set([() => undefined, () => 0, () => thenable<null>((give) => give(null))]);
    const { given } = await read(asCompleted(tasks));
    expect(given).toStrictEqual([value(0, undefined), value(1, 0), value(2, null)]);
    expect(await read(asCompleted([]))).toStrictEqual({ given: [] });
  });

  test("starts nothing before a result is asked for, then all in order, in the caller's stack", () => {
    const order: number[] = [];
    const results = asCompleted([1, 2, 3].map((n) => () => order.push(n)));
    expect(order).toStrictEqual([]);
    void results.next();
    expect(order).toStrictEqual([1, 2, 3]);
  });

  test("runs at most `concurrency` tasks at once, the next as one ends, however slow the loop is", async () => {
    using clock = virtualTime();
    const started: number[] = [];
    const task = (ms: number) => async () => {
      started.push(clock.now);
      await sleep(ms);
    };
    await clock.run(async () => {
      const results = asCompleted([30, 10, 10, 5].map(task), { concurrency: 2 });
      for await (const _ of results) await sleep(50);
    });
    expect(started).toStrictEqual([0, 0, 10, 20]);
  });

  test("runs 10,000 tasks one by one without growing the stack", async () => {
    const tasks = Array.from({ length: 10_000 }, (_, n) => () => n);
    expect((await read(asCompleted(tasks, { concurrency: 1 }))).given).toHaveLength(10_000);
  });

  test("is its own iterator, to be read once", async () => {
    const results = asCompleted([() => 1]);
    expect(results[Symbol.asyncIterator]()).toBe(results);
    expect(await read(results)).toStrictEqual({ given: [value(0, 1)] });
    expect(await read(results)).toStrictEqual({ given: [] });
  });

  test("may be asked for several results at once", async () => {
    using clock = virtualTime();
    const results = asCompleted([nap(20), nap(10)]);
    const steps = await clock.run(() => Promise.all([results.next(), results.next(), results.next()]));
    expect(steps).toStrictEqual([
      { done: false, value: value(1, 10) },
      { done: false, value: value(0, 20) },
      { done: true, value: undefined },
    ]);
  });

  test("makes no AbortController for tasks that never read `signal`", async () => {
    using controllers = countControllers();
    for await (const _ of asCompleted([({ attempt }) => attempt, async () => 2])) break;
    await read(asCompleted([() => Promise.reject(error), () => 1]));
    expect(controllers.made).toBe(0);
  });

  test("runs each task in the reader's AsyncLocalStorage context, those that waited too", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const task = async (): Promise<string | undefined> => {
      await sleep(1);
      return user.getStore();
    };
    const ask = (): Promise<unknown> => read(asCompleted([task, task], { concurrency: 1 }));
    const both = (): Promise<unknown> => Promise.all([user.run("Ada", ask), user.run("Bob", ask)]);
    expect(await clock.run(both)).toStrictEqual([
      { given: [value(0, "Ada"), value(1, "Ada")] },
      { given: [value(0, "Bob"), value(1, "Bob")] },
    ]);
  });
});

describe("asCompleted() at a failure", () => {
  test("throws where it arrives, aborts the others with it, and lets go of none", async () => {
    using clock = virtualTime();
    const signals: AbortSignal[] = [];
    const deaf: Task<void> = ({ signal }) => {
      signals.push(signal);
      return sleep(50);
    };
    const tasks = [nap(5, signals), failAnyway(10, error), nap(1_000, signals), deaf];
    const outcome = await clock.run(() => read(asCompleted(tasks)));
    expect(outcome).toStrictEqual({ given: [value(0, 5)], thrown: error });
    expect(outcome.thrown).toBe(error);
    expect(signals.map(({ reason }) => reason)).toStrictEqual([undefined, error, error]);
    expect(clock.now).toBe(50);
    expect(clock.pending).toStrictEqual([]);
  });

  test("gives first what came before it, and drops what comes after", async () => {
    using clock = virtualTime();
    const signals: AbortSignal[] = [];
    const deaf: Task<string> = async () => {
      await sleep(30);
      return "too late";
    };
    const results = asCompleted([nap(5, signals), nap(6, signals), failAnyway(10, error), deaf]);
    const given: unknown[] = [];
    const outcome = observe(
      (async () => {
        for await (const { index } of results) {
          given.push(index);
          await sleep(20);
        }
      })(),
    );
    await clock.advance(15);
    expect(signals.map(({ aborted }) => aborted)).toStrictEqual([false, false]);
    await clock.advance(100);
    expect(given).toStrictEqual([0, 1]);
    expect(outcome).toMatchObject({ status: "rejected", at: 45 });
    expect(outcome.reason).toBe(error);
    expect(await results.next()).toStrictEqual({ done: true, value: undefined });
  });

  test("starts nothing further", async () => {
    let started = 0;
    const tasks = [() => Promise.reject(error), () => ++started];
    expect(await read(asCompleted(tasks, { concurrency: 1 }))).toStrictEqual({ given: [], thrown: error });
    expect(started).toBe(0);
  });

  test.each([undefined, null, 0, "", false])("throws the falsy failure %s", async (reason) => {
    const throwing = (): never => {
      throw reason;
    };
    expect(await rejection(asCompleted([throwing]).next())).toBe(reason);
    expect(await rejection(asCompleted([() => Promise.reject(reason)]).next())).toBe(reason);
  });

  test("keeps the failing task's own signal silent", async () => {
    let own: AbortSignal | undefined;
    const failing = ({ signal }: TaskContext): Promise<never> => {
      own = signal;
      return Promise.reject(error);
    };
    await read(asCompleted([failing]));
    expect(own?.aborted).toBe(false);
  });

  test("leaves no unhandled rejection of any task, however late and however it fails", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const tasks = [
        failAnyway(10, error),
        failAnyway(10, new Error("same time")),
        failAnyway(50, undefined),
      ];
      expect(await clock.run(() => read(asCompleted(tasks)))).toStrictEqual({ given: [], thrown: error });
    });
    expect(found).toStrictEqual([]);
  });

  test("with `settled` gives it as an entry and goes on", async () => {
    using clock = virtualTime();
    const tasks = [nap(20), failAnyway(10, error), failAnyway(30, undefined)];
    expect(await clock.run(() => read(asCompleted(tasks, { settled: true })))).toStrictEqual({
      given: [
        { index: 1, status: "rejected", reason: error },
        { index: 0, status: "fulfilled", value: 20 },
        { index: 2, status: "rejected", reason: undefined },
      ],
    });
  });
});

describe("asCompleted() refuses", () => {
  const refusal = (...args: unknown[]): unknown => {
    try {
      Reflect.apply(asCompleted, undefined, args);
    } catch (thrown) {
      return thrown;
    }
    return "nothing";
  };

  test.each([
    [5, RangeError, "5"],
    [null, TypeError, "null"],
    ["ab", TypeError, '"ab"'],
    [{ a: () => 1 }, TypeError, "Object"],
    [() => 1, TypeError, "Function"],
  ])("what is no iterable, at the call %#", (tasks, type, got) => {
    expect(refusal(tasks)).toStrictEqual(
      new type(`asCompleted: tasks must be an iterable of functions, got ${got}`),
    );
  });

  test("a promise in a task's place", () => {
    expect(refusal([() => 1, Promise.resolve(1)])).toStrictEqual(
      new TypeError("asCompleted: task 1 must be a function, got Promise"),
    );
  });

  test.each([
    [0, RangeError, "0"],
    [1.5, RangeError, "1.5"],
    [NaN, RangeError, "NaN"],
    ["2", TypeError, '"2"'],
  ])("a concurrency of %j", (concurrency, type, got) => {
    expect(refusal([() => 1], { concurrency })).toStrictEqual(
      new type(`asCompleted: concurrency must be an integer >= 1 or Infinity, got ${got}`),
    );
  });
});

test("asCompleted() waits on while nothing has come", async () => {
  const never = observe(asCompleted([() => deferred().promise]).next());
  await flush();
  expect(never.status).toBe("pending");
});
