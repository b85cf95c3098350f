import { AsyncLocalStorage } from "node:async_hooks";
import { sleep, wait, type Task, type TaskContext, type WaitOptions } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";
import { failAfter, nap } from "./tasks.ts";

const fulfilled = (index: number, value: unknown) => ({ index, status: "fulfilled", value });
const rejected = (index: number, reason: unknown) => ({ index, status: "rejected", reason });
const error = new Error("down");

describe("wait()", () => {
  test.each([undefined, "all-completed"] as const)(
    "until %s tells how each task ended, in their order",
    async (until) => {
      using clock = virtualTime();
      const tasks = [nap(30), failAfter(10, error), nap(20)];
      const { done, pending } = await clock.run(() => wait(tasks, { until }));
      expect(done).toStrictEqual([fulfilled(0, 30), rejected(1, error), fulfilled(2, 20)]);
      expect(pending).toStrictEqual([]);
      expect(clock.now).toBe(30);
    },
  );

  test.each([
    ["value", nap(10), fulfilled(1, 10)],
    ["failure", failAfter(10, error), rejected(1, error)],
  ])("until first-completed ends with the first %s, and the others go on", async (_, first, end) => {
    using clock = virtualTime();
    const signals: AbortSignal[] = [];
    const { done, pending } = await clock.run(() =>
      wait([nap(30, signals), first, nap(20, signals)], { until: "first-completed" }),
    );
    expect(done).toStrictEqual([end]);
    expect(clock.now).toBe(10);
    expect(pending.map(({ index }) => index)).toStrictEqual([0, 2]);
    expect(await clock.run(() => Promise.all(pending.map(({ promise }) => promise)))).toStrictEqual([30, 20]);
    expect(signals.map(({ aborted }) => aborted)).toStrictEqual([false, false]);
  });

  test("until first-exception ends with the first failure", async () => {
    using clock = virtualTime();
    const tasks = [nap(30), nap(5), failAfter(10, error), failAfter(20, new Error("later"))];
    const { done, pending } = await clock.run(() => wait(tasks, { until: "first-exception" }));
    expect(done).toStrictEqual([fulfilled(1, 5), rejected(2, error)]);
    expect(pending.map(({ index }) => index)).toStrictEqual([0, 3]);
    expect(clock.now).toBe(10);
  });

  test("until first-exception waits for all where none fails", async () => {
    using clock = virtualTime();
    const { done } = await clock.run(() => wait([nap(30), nap(5)], { until: "first-exception" }));
    expect(done).toStrictEqual([fulfilled(0, 30), fulfilled(1, 5)]);
    expect(clock.now).toBe(30);
  });

  test.each(["all-completed", "first-completed", "first-exception"] as const)(
    "until %s is over at once where there is nothing to wait for",
    async (until) => {
      const waited = await wait([], { until });
      expect(waited).toMatchObject({ done: [], pending: [] });
      waited.cancel();
    },
  );

  test.each([undefined, null, 0, "", false])("takes the falsy failure %s for a failure", async (reason) => {
    const throwing = (): never => {
      throw reason;
    };
    const { done } = await wait([() => new Promise(() => {}), throwing], { until: "first-exception" });
    expect(done).toStrictEqual([rejected(1, reason)]);
  });

  test("takes tasks, promises, foreign ones and plain results, from any iterable", async () => {
    const tasks = new Set([
      () => 0,
      Promise.resolve(1),
      thenable<number>((give) => give(2)),
      () => undefined,
    ]);
    const { done } = await wait(tasks);
    expect(done).toStrictEqual([fulfilled(0, 0), fulfilled(1, 1), fulfilled(2, 2), fulfilled(3, undefined)]);
  });

  test("starts all tasks in their order, in the caller's stack", () => {
    const order: number[] = [];
    void wait([1, 2, 3].map((n) => () => order.push(n)));
    expect(order).toStrictEqual([1, 2, 3]);
  });

  test("may be given what is pending again, until nothing is", async () => {
    using clock = virtualTime();
    const ends: number[] = [];
    await clock.run(async () => {
      let { done, pending } = await wait([nap(30), nap(10), nap(20)], { until: "first-completed" });
      for (;;) {
        for (const end of done) ends.push(end.status === "fulfilled" ? end.value : -1);
        if (pending.length === 0) return;
        const promises = pending.map(({ promise }) => promise);
        ({ done, pending } = await wait(promises, { until: "first-completed" }));
      }
    });
    expect(ends).toStrictEqual([10, 20, 30]);
  });

  test("leaves no unhandled rejection of what it did not wait for", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const given = sleep(20).then(() => Promise.reject(new Error("given")));
      await clock.run(() => wait([nap(5), failAfter(10, error), given], { until: "first-completed" }));
      await clock.advance(100);
    });
    expect(found).toStrictEqual([]);
  });

  test("makes no AbortController for tasks that never read `signal`", async () => {
    using controllers = countControllers();
    const { cancel } = await wait([({ attempt }: TaskContext) => attempt, () => deferred().promise], {
      until: "first-completed",
    });
    cancel();
    expect(controllers.made).toBe(0);
  });

  test("runs each task in the caller's AsyncLocalStorage context", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const task = async (): Promise<string | undefined> => {
      await sleep(1);
      return user.getStore();
    };
    const ask = (): Promise<unknown> => wait([task]).then(({ done }) => [done, user.getStore()]);
    const both = (): Promise<unknown> => Promise.all([user.run("Ada", ask), user.run("Bob", ask)]);
    expect(await clock.run(both)).toStrictEqual([
      [[fulfilled(0, "Ada")], "Ada"],
      [[fulfilled(0, "Bob")], "Bob"],
    ]);
  });
});

describe("wait() cancel()", () => {
  const first: WaitOptions = { until: "first-completed" };

  test("tells the tasks that were pending, with its reason, and no task that was done", async () => {
    using clock = virtualTime();
    const signals: AbortSignal[] = [];
    const { pending, cancel } = await clock.run(() =>
      wait([nap(5, signals), nap(50, signals), nap(60, signals)], first),
    );
    const reason = new Error("no longer needed");
    cancel(reason);
    cancel(new Error("again"));
    expect(signals.map((signal) => signal.reason)).toStrictEqual([undefined, reason, reason]);
    for (const { promise } of pending) expect(await rejection(promise)).toBe(reason);
    expect(clock.pending).toStrictEqual([]);
  });

  test("keeps its first reason for a task that looks later", async () => {
    const contexts: TaskContext[] = [];
    const { cancel } = await wait(
      [
        (): void => {},
        (context) => {
          contexts.push(context);
          return deferred().promise;
        },
      ],
      first,
    );
    cancel("first");
    cancel("second");
    expect(contexts.map(({ signal }) => signal.reason)).toStrictEqual(["first"]);
  });

  test("gives the platform's AbortError without a reason, and leaves a given promise alone", async () => {
    const signals: AbortSignal[] = [];
    const given = deferred<string>();
    using clock = virtualTime();
    const { pending, cancel } = await clock.run(() => wait([() => 1, given.promise, nap(9, signals)], first));
    cancel();
    expect(signals[0]?.reason).toMatchObject({ name: "AbortError" });
    given.resolve("given");
    expect(await pending[0]?.promise).toBe("given");
  });

  test("leaves no listener on the caller's signal, whose later abort tells nobody", async () => {
    const controller = new AbortController();
    const signals: AbortSignal[] = [];
    using clock = virtualTime();
    await clock.run(() => wait([() => 1, nap(9, signals)], { ...first, signal: controller.signal }));
    expect(listeners(controller.signal)).toBe(0);
    controller.abort();
    expect(signals[0]?.aborted).toBe(false);
    await clock.advance(10);
  });
});

describe("wait() when aborted from outside", () => {
  test("tells the tasks that run, not those that are done, and waits for none", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const signals: AbortSignal[] = [];
    const deaf: Task<void> = ({ signal }) => {
      signals.push(signal);
      return sleep(100);
    };
    const waiting = observe(wait([nap(5, signals), deaf, deaf], { signal: controller.signal }));
    await clock.advance(10);
    const reason = new Error("leave");
    controller.abort(reason);
    await clock.advance(500);
    expect(waiting).toMatchObject({ status: "rejected", at: 10 });
    expect(waiting.reason).toBe(reason);
    expect(signals.map((signal) => signal.reason)).toStrictEqual([undefined, reason, reason]);
  });

  test("starts nothing when it was aborted before", async () => {
    let started = 0;
    const reason = new Error("before");
    expect(await rejection(wait([() => ++started], { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await rejection(wait([], { signal: AbortSignal.abort(reason) }))).toBe(reason);
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
    expect(await rejection(wait([stop, () => started.push(1)], { signal: controller.signal }))).toBe(
      "enough",
    );
    await flush();
    expect(started).toStrictEqual([0]);
    expect(own?.reason).toBe("enough");
  });

  test.each(["before", "by a task", "later"])(
    "leaves no unhandled rejection of a promise that it was given, aborted %s",
    async (when) => {
      const found = await complaints(async () => {
        const controller = new AbortController();
        const given = deferred();
        if (when === "before") controller.abort("enough");
        const stop: Task<void> = () => {
          if (when === "by a task") controller.abort("enough");
        };
        const outcome = rejection(wait([stop, given.promise], { signal: controller.signal }));
        controller.abort("enough");
        given.reject(new Error("late"));
        expect(await outcome).toBe("enough");
      });
      expect(found).toStrictEqual([]);
    },
  );
});

describe("wait() refuses", () => {
  test.each([
    [5, RangeError, "5"],
    [null, TypeError, "null"],
    ["ab", TypeError, '"ab"'],
    [{ a: () => 1 }, TypeError, "Object"],
    [Promise.resolve(1), TypeError, "Promise"],
    [() => 1, TypeError, "Function"],
  ])("what is no iterable %#", async (tasks, type, got) => {
    expect(await rejection(untyped(wait, tasks))).toStrictEqual(
      new type(`wait: tasks must be an iterable of functions or promises, got ${got}`),
    );
  });

  test.each([
    [1, "1"],
    [null, "null"],
    [undefined, "undefined"],
    [{ then: 1 }, "Object"],
  ])("%s in a task's place, and starts nothing", async (wrong, got) => {
    let started = 0;
    expect(await rejection(untyped(wait, [() => ++started, wrong]))).toStrictEqual(
      new TypeError(`wait: task 1 must be a function or a promise, got ${got}`),
    );
    expect(started).toBe(0);
  });

  test.each([
    ["first", '"first"'],
    [null, "null"],
  ])("an until of %j", async (until, got) => {
    expect(await rejection(untyped(wait, [() => 1], { until }))).toStrictEqual(
      new TypeError(
        `wait: until must be "all-completed" or "first-completed" or "first-exception", got ${got}`,
      ),
    );
  });
});
