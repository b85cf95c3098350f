import { AsyncLocalStorage } from "node:async_hooks";
import { asCompleted, sleep, type AbortOptions, type Task, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";

/** A task that gives its time, unless it is told to stop, and notes its signal. */
function nap(ms: number, signals: AbortSignal[] = []): Task<number> {
  return async ({ signal }) => {
    signals.push(signal);
    await sleep(ms, { signal });
    return ms;
  };
}

function failAfter(ms: number, error: unknown): Task<never> {
  return async () => {
    await sleep(ms);
    throw error;
  };
}

/** What a loop is given, and what it throws, if it does. */
async function read(results: AsyncIterable<unknown>): Promise<{ given: unknown[]; thrown?: unknown }> {
  const given: unknown[] = [];
  try {
    for await (const result of results) given.push(result);
  } catch (thrown) {
    return { given, thrown };
  }
  return { given };
}

const value = (index: number, ms: unknown) => ({ index, value: ms });
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
    const tasks = [nap(5, signals), failAfter(10, error), nap(1_000, signals), deaf];
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
    const results = asCompleted([nap(5, signals), nap(6, signals), failAfter(10, error), deaf]);
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
      const tasks = [failAfter(10, error), failAfter(10, new Error("same time")), failAfter(50, undefined)];
      expect(await clock.run(() => read(asCompleted(tasks)))).toStrictEqual({ given: [], thrown: error });
    });
    expect(found).toStrictEqual([]);
  });

  test("with `settled` gives it as an entry and goes on", async () => {
    using clock = virtualTime();
    const tasks = [nap(20), failAfter(10, error), failAfter(30, undefined)];
    expect(await clock.run(() => read(asCompleted(tasks, { settled: true })))).toStrictEqual({
      given: [
        { index: 1, status: "rejected", reason: error },
        { index: 0, status: "fulfilled", value: 20 },
        { index: 2, status: "rejected", reason: undefined },
      ],
    });
  });
});

describe("asCompleted() left early", () => {
  test("cancels the rest: tells the tasks whose results were not given, and waits for them", async () => {
    using clock = virtualTime();
    const signals: AbortSignal[] = [];
    let started = 0;
    const deaf: Task<number> = async ({ signal }) => {
      signals.push(signal);
      await sleep(60);
      return 60;
    };
    const late = (): number => ++started;
    const tasks = [nap(10, signals), nap(20, signals), nap(1_000, signals), deaf, late];
    await clock.run(async () => {
      for await (const { index } of asCompleted(tasks, { concurrency: 4 })) {
        expect(index).toBe(0);
        // Another one arrives, and the last is started.
        await sleep(15);
        break;
      }
    });
    expect(signals.map(({ aborted }) => aborted)).toStrictEqual([false, true, true, true]);
    expect(signals[1]?.reason).toMatchObject({ name: "AbortError" });
    expect(clock.now).toBe(60);
    expect(clock.pending).toStrictEqual([]);
    expect(started).toBe(1);
  });

  test("starts nothing further", async () => {
    let started = 0;
    const task = (): number => ++started;
    for await (const _ of asCompleted([task, () => sleep(5), task], { concurrency: 1 })) break;
    expect(started).toBe(1);
  });

  test("throws the loop's own error, not a task's", async () => {
    const found = await complaints(async () => {
      const own = new Error("own");
      const loop = async (): Promise<void> => {
        for await (const _ of asCompleted([() => 1, failAfter(1, error)])) throw own;
      };
      expect(await rejection(loop())).toBe(own);
    });
    expect(found).toStrictEqual([]);
  });

  test("forgets a failure that it was not given yet", async () => {
    const results = asCompleted([() => 1, () => Promise.reject(error)]);
    await results.next();
    await flush();
    expect(await results.return?.()).toStrictEqual({ done: true, value: undefined });
    expect(await results.next()).toStrictEqual({ done: true, value: undefined });
  });

  test("before it began, never starts anything", async () => {
    let started = 0;
    const controller = new AbortController();
    const results = asCompleted([() => ++started], controller);
    expect(await results.return?.()).toStrictEqual({ done: true, value: undefined });
    controller.abort();
    expect(await read(results)).toStrictEqual({ given: [] });
    expect(started).toBe(0);
  });

  test("while a result is awaited, ends that wait too", async () => {
    using clock = virtualTime();
    const results = asCompleted([nap(1_000)]);
    const steps = await clock.run(() => Promise.all([results.next(), results.return?.()]));
    expect(steps).toStrictEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(clock.now).toBe(0);
    expect(clock.pending).toStrictEqual([]);
  });

  test("leaves no listener", async () => {
    const { signal } = new AbortController();
    for await (const _ of asCompleted([() => 1, () => 2], { signal })) {
      expect(listeners(signal)).toBe(1);
      break;
    }
    expect(listeners(signal)).toBe(0);
  });
});

describe("asCompleted() when aborted from outside", () => {
  type Read = (tasks: Task<unknown>[], options: AbortOptions) => AsyncIterable<unknown>;
  const plain: Read = (tasks, options) => asCompleted(tasks, options);
  const settled: Read = (tasks, options) => asCompleted(tasks, { settled: true, ...options });

  test.each([plain, settled])(
    "throws the reason itself in the waiting loop, telling and following all tasks %#",
    async (start) => {
      using clock = virtualTime();
      const controller = new AbortController();
      const { signal } = controller;
      const signals: AbortSignal[] = [];
      const deaf: Task<void> = ({ signal: own }) => {
        signals.push(own);
        return sleep(50);
      };
      const tasks = [nap(5, signals), nap(1_000, signals), deaf];
      const outcome = observe(read(start(tasks, { signal })));
      await clock.advance(10);
      const reason = new Error("leave");
      controller.abort(reason);
      expect(signals.map((own) => own.reason)).toStrictEqual([undefined, reason, reason]);
      expect(listeners(signal)).toBe(0);
      await clock.advance(100);
      expect(outcome).toMatchObject({ status: "fulfilled", at: 50 });
      expect(outcome.value?.thrown).toBe(reason);
      expect(outcome.value?.given).toHaveLength(1);
    },
  );

  test("tells at once while the loop is busy, drops what was not given, and throws at the next result", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const signals: AbortSignal[] = [];
    const results = asCompleted([nap(5, signals), nap(6, signals)], { signal: controller.signal });
    const first = results.next();
    await clock.advance(10);
    expect(await first).toStrictEqual({ done: false, value: value(0, 5) });
    controller.abort("leave");
    expect(signals.map(({ reason }) => reason)).toStrictEqual([undefined, "leave"]);
    expect(await rejection(results.next())).toBe("leave");
    expect(await results.next()).toStrictEqual({ done: true, value: undefined });
  });

  test("keeps a failure that came before the abort", async () => {
    const controller = new AbortController();
    const results = asCompleted([() => 1, () => 2, () => Promise.reject(error), () => sleep(1)], controller);
    await results.next();
    await flush();
    expect(listeners(controller.signal)).toBe(0);
    controller.abort("leave");
    expect(await results.next()).toStrictEqual({ done: false, value: value(1, 2) });
    expect(await rejection(results.next())).toBe(error);
  });

  test("starts nothing when it was aborted before", async () => {
    let started = 0;
    const reason = new Error("before");
    const results = asCompleted([() => ++started], { signal: AbortSignal.abort(reason) });
    expect(await rejection(results.next())).toBe(reason);
    expect(await results.next()).toStrictEqual({ done: true, value: undefined });
    expect(started).toBe(0);
  });

  test("starts no further task when one aborts the caller's signal as it starts", async () => {
    const controller = new AbortController();
    const started: number[] = [];
    let own: AbortSignal | undefined;
    const stop: Task<void> = ({ signal }) => {
      own = signal;
      started.push(0);
      controller.abort("enough");
    };
    const outcome = await read(asCompleted([stop, () => void started.push(1)], controller));
    expect(outcome).toStrictEqual({ given: [], thrown: "enough" });
    expect(started).toStrictEqual([0]);
    expect(own?.reason).toBe("enough");
  });

  test("is not changed by an abort after the end, and holds no listener by then", async () => {
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    const results = asCompleted([({ signal }) => void (own = signal)], controller);
    await read(results);
    expect(listeners(controller.signal)).toBe(0);
    controller.abort();
    expect(own?.aborted).toBe(false);
    expect(await read(results)).toStrictEqual({ given: [] });
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
