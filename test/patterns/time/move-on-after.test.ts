import { AsyncLocalStorage } from "node:async_hooks";
import { moveOnAfter, sleep, TimeoutError, type MoveOnContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, listeners, rejection } from "../../support/waiting.ts";

const never = (): Promise<never> => new Promise(() => {});

/** Saves what it has every 10 ms. */
const collect = async ({ signal, save }: MoveOnContext<number[]>): Promise<number[]> => {
  const all: number[] = [];
  while (all.length < 5) {
    await sleep(10, { signal });
    all.push(all.length);
    save([...all]);
  }
  return all;
};

describe("moveOnAfter() in time", () => {
  test("gives the task's value, and leaves no timer", async () => {
    using clock = virtualTime();
    const moved = await clock.run(() => moveOnAfter(collect, 100));
    expect(moved).toStrictEqual({ done: true, value: [0, 1, 2, 3, 4] });
    expect(clock.now).toBe(50);
    expect(clock.pending).toStrictEqual([]);
  });

  test("gives a value that is due with the deadline", async () => {
    using clock = virtualTime();
    const task = async (): Promise<string> => {
      await sleep(50);
      return "just in time";
    };
    expect(await clock.run(() => moveOnAfter(task, 50))).toStrictEqual({ done: true, value: "just in time" });
  });

  test("takes any result, and attempt is 1", async () => {
    expect(await moveOnAfter(() => undefined, 1_000)).toStrictEqual({ done: true, value: undefined });
    expect(await moveOnAfter(() => thenable<number>((done) => done(1)), 1_000)).toStrictEqual({
      done: true,
      value: 1,
    });
    expect(await moveOnAfter(({ attempt }) => attempt, 1_000)).toStrictEqual({ done: true, value: 1 });
  });

  test("calls the task at once, with a save that needs no receiver", async () => {
    using clock = virtualTime();
    let called = false;
    const moving = moveOnAfter(({ save }: MoveOnContext<string>) => {
      called = true;
      save("kept");
      return never();
    }, 10);
    expect(called).toBe(true);
    expect(await clock.run(() => moving)).toStrictEqual({ done: false, partial: "kept" });
  });

  test("makes no AbortController if the task never reads `signal`", async () => {
    using clock = virtualTime();
    using controllers = countControllers();
    await clock.run(() => moveOnAfter(() => 1, 10));
    await clock.run(() => moveOnAfter(never, 10));
    expect(controllers.made).toBe(0);
  });

  test.each([new Error("down"), undefined, null, 0])("throws the task's failure %s", async (reason) => {
    using clock = virtualTime();
    const throwing = (): never => {
      throw reason;
    };
    expect(await rejection(moveOnAfter(throwing, 100))).toBe(reason);
    const failing = async ({ save }: MoveOnContext<string>): Promise<never> => {
      save("dropped");
      await sleep(5);
      throw reason;
    };
    expect(await clock.run(() => rejection(moveOnAfter(failing, 100)))).toBe(reason);
    expect(clock.pending).toStrictEqual([]);
  });
});

describe("moveOnAfter() at the deadline", () => {
  test.each([
    [0, undefined],
    [5, undefined],
    [10, [0]],
    [35, [0, 1, 2]],
  ])("of %d ms gives what was saved last: %j", async (ms, partial) => {
    using clock = virtualTime();
    expect(await clock.run(() => moveOnAfter(collect, ms))).toStrictEqual({ done: false, partial });
    expect(clock.now).toBe(ms);
    expect(clock.pending).toStrictEqual([]);
  });

  test("keeps falsy partial results", async () => {
    using clock = virtualTime();
    for (const partial of [null, 0, "", false]) {
      const task = ({ save }: MoveOnContext<unknown>): Promise<never> => {
        save("before");
        save(partial);
        return never();
      };
      expect(await clock.run(() => moveOnAfter(task, 10))).toStrictEqual({ done: false, partial });
    }
  });

  test("tells the task, and ignores what it saves and ends with later", async () => {
    const found = await complaints(async () => {
      for (const fails of [false, true]) {
        using clock = virtualTime();
        let own: AbortSignal | undefined;
        const task = async ({ signal, save }: MoveOnContext<string>): Promise<string> => {
          own = signal;
          save("in time");
          await sleep(50);
          save("too late");
          if (fails) throw new Error("too late");
          return "too late";
        };
        const moved = await clock.run(() => moveOnAfter(task, 10));
        await clock.advance(100);
        expect(moved).toStrictEqual({ done: false, partial: "in time" });
        expect(own?.reason).toBeInstanceOf(TimeoutError);
        expect(own?.reason).toMatchObject({ ms: 10 });
      }
    });
    expect(found).toStrictEqual([]);
  });

  test("is kept over 2^31 ms, and never comes for Infinity", async () => {
    using clock = virtualTime();
    const moved = observe(moveOnAfter(never, 2 ** 32));
    const staying = observe(moveOnAfter(never, Infinity));
    await clock.advance(2 ** 32 - 1);
    expect(moved.status).toBe("pending");
    await clock.advance(1);
    expect(moved.status).toBe("fulfilled");
    expect(staying.status).toBe("pending");
    expect(clock.pending).toStrictEqual([]);
  });
});

describe("moveOnAfter() when aborted from outside", () => {
  test("before, does not call the task", async () => {
    let called = false;
    const reason = new Error("before");
    const task = (): void => {
      called = true;
    };
    expect(await rejection(moveOnAfter(task, 10, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(called).toBe(false);
  });

  test("during, rejects at once with the reason itself, tells the task and lets it go", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    const task = ({ signal, save }: MoveOnContext<string>): Promise<void> => {
      own = signal;
      save("not given");
      return sleep(500);
    };
    const waiting = observe(moveOnAfter(task, 100, { signal: controller.signal }));
    await clock.advance(10);
    expect(listeners(controller.signal)).toBe(1);
    const reason = new Error("leave");
    controller.abort(reason);
    await clock.advance(1_000);
    expect(waiting).toMatchObject({ status: "rejected", at: 10 });
    expect(waiting.reason).toBe(reason);
    expect(own?.reason).toBe(reason);
    expect(listeners(controller.signal)).toBe(0);
    expect(clock.pending).toStrictEqual([]);
  });

  test("after, changes nothing", async () => {
    const controller = new AbortController();
    await moveOnAfter(() => 1, 100, { signal: controller.signal });
    expect(listeners(controller.signal)).toBe(0);
  });

  test("10,000 leave no listener, no timer and no unhandled rejection", { timeout: 60_000 }, async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = Array.from({ length: 10_000 }, () => rejection(moveOnAfter(never, 10, { signal })));
      expect(listeners(signal)).toBe(1);
      const reason = new Error("all of you");
      controller.abort(reason);
      expect(clock.pending).toStrictEqual([]);
      expect(listeners(signal)).toBe(0);
      expect(new Set(await Promise.all(waiting))).toStrictEqual(new Set([reason]));
    });
    expect(found).toStrictEqual([]);
  });
});

test("moveOnAfter() keeps the caller's AsyncLocalStorage context", async () => {
  using clock = virtualTime();
  const user = new AsyncLocalStorage<string>();
  const ask = async (): Promise<unknown> => {
    const moved = await moveOnAfter(({ save }: MoveOnContext<unknown>) => {
      save(user.getStore());
      return never();
    }, 10);
    return [moved, user.getStore()];
  };
  const both = (): Promise<unknown> => Promise.all([user.run("Ada", ask), user.run("Bob", ask)]);
  expect(await clock.run(both)).toStrictEqual([
    [{ done: false, partial: "Ada" }, "Ada"],
    [{ done: false, partial: "Bob" }, "Bob"],
  ]);
});

describe("moveOnAfter() refuses", () => {
  test.each([
    [-1, "-1", RangeError],
    [NaN, "NaN", RangeError],
    ["5", '"5"', TypeError],
    [undefined, "undefined", TypeError],
  ])("a deadline of %s, and calls nothing", async (ms, got, type) => {
    let called = 0;
    const expected = new type(`moveOnAfter: ms must be a number >= 0, got ${got}`);
    expect(await rejection(untyped(moveOnAfter, () => ++called, ms))).toStrictEqual(expected);
    expect(called).toBe(0);
  });

  test("a promise in the task's place", async () => {
    const expected = new TypeError("moveOnAfter: task must be a function, got Promise");
    expect(await rejection(untyped(moveOnAfter, Promise.resolve(1), 10))).toStrictEqual(expected);
  });
});

test("moveOnAfter() gives what was saved by the deadline, not what the task saves as it is told", async () => {
  using clock = virtualTime();
  const found = await clock.run(() =>
    moveOnAfter<never, string>(({ signal, save }) => {
      save("in time");
      signal.addEventListener("abort", () => save("too late"));
      return new Promise(() => {});
    }, 10),
  );
  expect(found).toStrictEqual({ done: false, partial: "in time" });
});
