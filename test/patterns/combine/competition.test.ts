import { AsyncLocalStorage } from "node:async_hooks";
import { any, race, sleep, type Task, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, deferred, flush, rejection } from "../../support/waiting.ts";

// What race() and any() have in common.
describe.each([
  ["race()", race],
  ["any()", any],
] as const)("%s", (name, compete) => {
  const call = name.slice(0, -2);

  /** A task that gives `value` after a time, and notes its signal. */
  function runner(ms: number, value: string, signals: AbortSignal[] = []): Task<string> {
    return async ({ signal }) => {
      signals.push(signal);
      await sleep(ms, { signal });
      return value;
    };
  }

  test("gives the first value", async () => {
    using clock = virtualTime();
    expect(await clock.run(() => compete([runner(30, "slow"), runner(10, "fast")]))).toBe("fast");
    expect(clock.now).toBe(10);
  });

  test("gives the first in order where several are done at once", async () => {
    expect(await compete([() => "first", () => "second"])).toBe("first");
    expect(await compete([async () => "first", async () => "second"])).toBe("first");
  });

  test("starts all tasks at once, in their order, in the caller's stack", async () => {
    const order: number[] = [];
    const outcome = compete([1, 2, 3].map((n) => () => order.push(n)));
    expect(order).toStrictEqual([1, 2, 3]);
    await outcome;
  });

  test("takes a Set, a generator, plain values, falsy values and thenables", async () => {
    function* tasks(): Generator<Task<number>> {
      yield () => 7;
    }
    expect(await compete(new Set([() => 1]))).toBe(1);
    expect(await compete(tasks())).toBe(7);
    expect(await compete([() => undefined])).toBe(undefined);
    expect(await compete([() => null])).toBe(null);
    expect(await compete([() => thenable<string>((done) => done("then"))])).toBe("then");
  });

  test("aborts the losers' signals, so that no timer of theirs is left, and not the winner's", async () => {
    using clock = virtualTime();
    const signals: AbortSignal[] = [];
    const tasks = [runner(30, "slow", signals), runner(10, "fast", signals), runner(20, "mid", signals)];
    await clock.run(() => compete(tasks));
    expect(signals.map(({ aborted }) => aborted)).toStrictEqual([true, false, true]);
    expect(signals[0]?.reason).toMatchObject({ name: "AbortError" });
    expect(clock.pending).toStrictEqual([]);
  });

  test("keeps the winner's own signal silent also when the caller's aborts afterwards", async () => {
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    const win: Task<string> = ({ signal }) => {
      own = signal;
      return "won";
    };
    await compete([win], { signal: controller.signal });
    controller.abort();
    await flush();
    expect(own?.aborted).toBe(false);
  });

  test("shows an aborted signal to a loser that looks only later", async () => {
    const { promise, resolve } = deferred();
    const seen = deferred<boolean>();
    const loser: Task<void> = async (context) => {
      await promise;
      seen.resolve(context.signal.aborted);
    };
    await compete([loser, (): void => {}]);
    resolve();
    expect(await seen.promise).toBe(true);
  });

  test("makes no AbortController for tasks that never read `signal`", async () => {
    using controllers = countControllers();
    expect(await compete([({ attempt }) => attempt, () => deferred<number>().promise])).toBe(1);
    expect(controllers.made).toBe(0);
  });

  test("leaves no unhandled rejection of any loser, however late and however it fails", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const tasks: Task<string>[] = [
        runner(10, "won"),
        runner(1_000, "told"),
        async () => {
          await sleep(50);
          throw new Error("late and deaf");
        },
        async ({ signal }) => {
          await sleep(1_000, { signal }).catch(() => {});
          throw undefined;
        },
      ];
      expect(await clock.run(() => compete(tasks))).toBe("won");
      await clock.advance(2_000);
    });
    expect(found).toStrictEqual([]);
  });

  test("runs each task in the caller's AsyncLocalStorage context", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const task = async (context: TaskContext): Promise<string> => {
      const atStart = user.getStore();
      await sleep(5, context);
      return `${atStart} ${user.getStore()}`;
    };
    const ask = (): Promise<string> => compete([task, () => deferred<string>().promise]);
    const both = (): Promise<string[]> => Promise.all([user.run("Ada", ask), user.run("Bob", ask)]);
    expect(await clock.run(both)).toStrictEqual(["Ada Ada", "Bob Bob"]);
  });

  test("tells all tasks the caller's reason when aborted, and waits for none", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const signals: AbortSignal[] = [];
    const deaf: Task<void> = ({ signal }) => {
      signals.push(signal);
      return sleep(100);
    };
    const waiting = observe(compete([deaf, deaf], { signal: controller.signal }));
    await clock.advance(10);
    const reason = new Error("leave");
    controller.abort(reason);
    await clock.advance(500);
    expect(waiting).toMatchObject({ status: "rejected", at: 10 });
    expect(waiting.reason).toBe(reason);
    expect(signals.map((signal) => signal.reason)).toStrictEqual([reason, reason]);
  });

  test("starts nothing when it was aborted before", async () => {
    let started = 0;
    await rejection(compete([() => ++started], { signal: AbortSignal.abort() }));
    expect(started).toBe(0);
  });

  test.each(["gives a value", "throws"])(
    "starts no further task when one aborts the caller's signal and %s",
    async (end) => {
      const controller = new AbortController();
      const reason = new Error("stop all");
      const started: number[] = [];
      let own: AbortSignal | undefined;
      const stopper: Task<number> = ({ signal }) => {
        own = signal;
        controller.abort(reason);
        if (end === "throws") throw new Error("and fails");
        return started.push(0);
      };
      const found = await complaints(async () => {
        const outcome = compete([stopper, () => started.push(1)], { signal: controller.signal });
        expect(await rejection(outcome)).toBe(reason);
      });
      expect(started).toStrictEqual(end === "throws" ? [] : [0]);
      expect(own?.reason).toBe(reason);
      expect(found).toStrictEqual([]);
    },
  );

  test("follows nothing further of a task that aborts the caller's signal as it starts", async () => {
    const controller = new AbortController();
    const contexts: TaskContext[] = [];
    const { promise, resolve } = deferred<string>();
    const wait: Task<string> = (context) => {
      contexts.push(context);
      return new Promise(() => {});
    };
    const stop: Task<string> = () => {
      controller.abort("stopped");
      return promise;
    };
    expect(await rejection(compete([wait, stop], { signal: controller.signal }))).toBe("stopped");
    resolve("late");
    await flush();
    expect(contexts.map(({ signal }) => signal.reason)).toStrictEqual(["stopped"]);
  });

  test("may be given the same promise by several tasks and in several calls", async () => {
    const { promise, resolve } = deferred<string>();
    const calls = [1, 2].map(() => compete([() => promise, () => promise]));
    const beaten = compete([() => promise, () => "short"]);
    expect(await beaten).toBe("short");
    resolve("shared");
    expect(await Promise.all(calls)).toStrictEqual(["shared", "shared"]);
    expect(await compete([() => promise])).toBe("shared");
  });

  test("refuses to run nothing", async () => {
    const expected = (got: string): TypeError =>
      new TypeError(`${call}: tasks must be at least one function, got ${got}`);
    expect(await rejection(compete([]))).toStrictEqual(expected("Array"));
    expect(await rejection(compete(new Set<Task<number>>()))).toStrictEqual(expected("Set"));
  });

  test.each([
    [{ a: () => 1 }, "got Object", TypeError],
    [5, "got 5", RangeError],
    [null, "got null", TypeError],
    [undefined, "got undefined", TypeError],
    ["ab", 'got "ab"', TypeError],
    [() => 1, "got Function", TypeError],
    [Promise.resolve(), "got Promise", TypeError],
    [Object.create(null), "got Object", TypeError],
  ])("refuses what is no iterable %#", async (tasks, got, type) => {
    const expected = new type(`${call}: tasks must be an iterable of functions, ${got}`);
    expect(await rejection(untyped(compete, tasks))).toStrictEqual(expected);
  });

  test("refuses a promise in a task's place, and starts nothing", async () => {
    let started = 0;
    expect(await rejection(untyped(compete, [() => ++started, Promise.resolve(1)]))).toStrictEqual(
      new TypeError(`${call}: task 1 must be a function, got Promise`),
    );
    expect(started).toBe(0);
  });

  test("rejects with a throwing iterator's own error, and starts nothing", async () => {
    let started = 0;
    const error = new Error("cannot list");
    function* tasks(): Generator<Task<number>> {
      yield () => ++started;
      throw error;
    }
    expect(await rejection(compete(tasks()))).toBe(error);
    expect(started).toBe(0);
  });
});

test.each([
  ["race()", race],
  ["any()", any],
] as const)("%s tells who did not win in their caller's AsyncLocalStorage context", async (_, run) => {
  const user = new AsyncLocalStorage<string>();
  const shared = deferred<string>();
  const seen: unknown[] = [];
  const ask = (name: string): Promise<string> =>
    user.run(name, () => {
      const loser = ({ signal }: TaskContext): Promise<never> => {
        signal.addEventListener("abort", () => seen.push([name, user.getStore()]));
        return deferred<never>().promise;
      };
      return run([() => shared.promise, loser]);
    });
  const all = ["Ada", "Bob", "Cid"].map(ask);
  shared.resolve("open");
  await Promise.all(all);
  expect(seen).toStrictEqual([
    ["Ada", "Ada"],
    ["Bob", "Bob"],
    ["Cid", "Cid"],
  ]);
});
