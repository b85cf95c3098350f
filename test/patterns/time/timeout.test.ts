import { sleep, timeout, TimeoutError, type Task, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";

const never = (): Promise<never> => new Promise(() => {});

/** A task that gives "fresh" after a time, or stops when told. */
function after(ms: number): Task<string> {
  return async ({ signal }) => {
    await sleep(ms, { signal });
    return "fresh";
  };
}

describe("timeout() gives the task's result", () => {
  test("in time, and leaves no timer", async () => {
    using clock = virtualTime();
    expect(await clock.run(() => timeout(after(30), 100))).toBe("fresh");
    expect(clock.now).toBe(30);
    expect(clock.pending).toStrictEqual([]);
  });

  test("when it is due together with the deadline, since the task's timer was armed first", async () => {
    using clock = virtualTime();
    let own: AbortSignal | undefined;
    const task = async ({ signal }: TaskContext): Promise<string> => {
      own = signal;
      await sleep(100, { signal });
      return "just in time";
    };
    expect(await clock.run(() => timeout(task, 100))).toBe("just in time");
    expect(clock.now).toBe(100);
    expect(own?.aborted).toBe(false);
  });

  test("due together with the deadline in real time, too", async () => {
    expect(await timeout(after(5), 5)).toBe("fresh");
  });

  test("when both were due while the event loop was busy, in real time", async () => {
    const waiting = timeout(after(1), 5);
    const until = performance.now() + 20;
    while (performance.now() < until);
    expect(await waiting).toBe("fresh");
  });

  test("of any kind: plain, falsy, of a thenable", async () => {
    expect(await timeout(() => 5, 1_000)).toBe(5);
    expect(await timeout(() => undefined, 1_000)).toBe(undefined);
    expect(await timeout(() => null, 0)).toBe(null);
    expect(await timeout(() => thenable<string>((done) => done("then")), 1_000)).toBe("then");
  });

  test("after any time with a deadline of Infinity, which arms no timer", async () => {
    using clock = virtualTime();
    const result = deferred<string>();
    const waiting = observe(timeout(() => result.promise, Infinity));
    expect(clock.pending).toStrictEqual([]);
    await clock.advance(2 ** 40);
    result.resolve("at last");
    await clock.advance(0);
    expect(waiting.value).toBe("at last");
  });

  test("with attempt 1, the task being called at once and before the timer is armed", () => {
    using clock = virtualTime();
    const seen: unknown[] = [];
    void timeout(({ attempt }) => seen.push(attempt, clock.pending.length), 10);
    expect(seen).toStrictEqual([1, 0]);
    expect(clock.pending).toHaveLength(1);
  });

  test("without an AbortController if the task never reads `signal`, in time or not", async () => {
    using clock = virtualTime();
    using controllers = countControllers();
    await clock.run(() => timeout(({ attempt }) => attempt, 10));
    await clock.run(() => timeout(never, 10, { fallback: () => "cached" }));
    expect(controllers.made).toBe(0);
  });

  test("and its failure, also a falsy one and a sync throw, and leaves no timer", async () => {
    using clock = virtualTime();
    const error = new Error("down");
    const failing = async (): Promise<never> => {
      await sleep(5);
      throw error;
    };
    expect(await clock.run(() => rejection(timeout(failing, 100)))).toBe(error);
    for (const reason of [undefined, null, 0, "", error]) {
      const throwing = (): never => {
        throw reason;
      };
      expect(await rejection(timeout(throwing, 100))).toBe(reason);
      expect(await rejection(timeout(() => Promise.reject(reason), 100))).toBe(reason);
    }
    expect(clock.pending).toStrictEqual([]);
  });

  test("and does not ask the fallback when the task itself fails", async () => {
    let asked = false;
    const options = {
      fallback: (): void => {
        asked = true;
      },
    };
    await rejection(timeout(() => Promise.reject(new Error("x")), 100, options));
    expect(asked).toBe(false);
  });
});

describe("timeout() at the deadline", () => {
  test.each([0, 1, 50, 2 ** 31, 2 ** 32 + 5])(
    "of %d ms rejects with a TimeoutError then, not before",
    async (ms) => {
      using clock = virtualTime();
      const error = await clock.run(() => rejection(timeout(never, ms)));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({
        ms,
        code: "ERR_TIMEOUT",
        message: `the task was not over after ${ms} ms`,
      });
      expect(clock.now).toBe(ms);
      expect(clock.pending).toStrictEqual([]);
    },
  );

  test("aborts the task's signal with that very error", async () => {
    using clock = virtualTime();
    const told: unknown[] = [];
    const task: Task<void> = ({ signal }) => {
      signal.addEventListener("abort", () => told.push(signal.reason));
      return sleep(1_000, { signal });
    };
    const error = await clock.run(() => rejection(timeout(task, 10)));
    expect(told).toHaveLength(1);
    expect(told[0]).toBe(error);
    expect(clock.pending).toStrictEqual([]);
  });

  test("ignores what the task does later, without an unhandled rejection", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const late = (fails: boolean) => async (): Promise<string> => {
        await sleep(50);
        if (fails) throw new Error("too late");
        return "too late";
      };
      for (const fails of [false, true]) {
        const waiting = timeout(late(fails), 10);
        expect(await clock.run(() => rejection(waiting))).toBeInstanceOf(TimeoutError);
        await clock.advance(100);
        expect(await rejection(waiting)).toBeInstanceOf(TimeoutError);
      }
    });
    expect(found).toStrictEqual([]);
  });

  test("of the inner of two with the same deadline is the one that tells", async () => {
    using clock = virtualTime();
    let inner: unknown;
    const task: Task<never> = () => {
      const waiting = timeout(never, 10);
      inner = rejection(waiting);
      return waiting;
    };
    const error = await clock.run(() => rejection(timeout(task, 10)));
    expect(error).toBe(await inner);
  });
});

describe("timeout() when aborted from outside", () => {
  test("tells the task the caller's reason, lets it go and never asks the fallback", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    let asked = false;
    const task: Task<void> = ({ signal }) => {
      own = signal;
      return sleep(500);
    };
    const fallback = (): void => {
      asked = true;
    };
    const waiting = observe(timeout(task, 100, { fallback, signal: controller.signal }));
    await clock.advance(10);
    const reason = new Error("leave");
    controller.abort(reason);
    await clock.advance(1_000);
    expect(waiting).toMatchObject({ status: "rejected", at: 10 });
    expect(waiting.reason).toBe(reason);
    expect(own?.reason).toBe(reason);
    expect(asked).toBe(false);
  });

  test("does not call the task when it was aborted before", async () => {
    let called = false;
    const task = (): void => {
      called = true;
    };
    await rejection(timeout(task, 10, { signal: AbortSignal.abort() }));
    expect(called).toBe(false);
  });

  test.each(["gives a value", "throws"])(
    "by the task itself as it starts, which then %s, rejects with that reason and arms no timer",
    async (end) => {
      const found = await complaints(async () => {
        using clock = virtualTime();
        const controller = new AbortController();
        const reason = new Error("stop");
        let own: AbortSignal | undefined;
        const task: Task<string> = ({ signal }) => {
          own = signal;
          controller.abort(reason);
          if (end === "throws") throw new Error("and fails");
          return "value";
        };
        const waiting = timeout(task, 10, { signal: controller.signal });
        expect(clock.pending).toStrictEqual([]);
        expect(await rejection(waiting)).toBe(reason);
        expect(own?.reason).toBe(reason);
        expect(listeners(controller.signal)).toBe(0);
      });
      expect(found).toStrictEqual([]);
    },
  );

  test("leaves the task's signal silent when the abort comes after the end", async () => {
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    const task: Task<void> = ({ signal }) => {
      own = signal;
    };
    await timeout(task, 1_000, { signal: controller.signal });
    controller.abort();
    await flush();
    expect(own?.aborted).toBe(false);
  });
});

describe("timeout() refuses", () => {
  test.each([
    [-1, "-1", RangeError],
    [NaN, "NaN", RangeError],
    ["5", '"5"', TypeError],
    [undefined, "undefined", TypeError],
  ])("a deadline of %s, and calls nothing", async (ms, got, type) => {
    let called = 0;
    const expected = new type(`timeout: ms must be a number >= 0, got ${got}`);
    expect(await rejection(untyped(timeout, () => ++called, ms))).toStrictEqual(expected);
    expect(called).toBe(0);
  });

  test("a promise in the task's place", async () => {
    expect(await rejection(untyped(timeout, Promise.resolve(1), 10))).toStrictEqual(
      new TypeError("timeout: task must be a function, got Promise"),
    );
  });

  test.each([
    ["cached", '"cached"'],
    [null, "null"],
    [Promise.resolve(), "Promise"],
  ])("a fallback that is no function %#, and calls nothing", async (fallback, got) => {
    let called = 0;
    const expected = new TypeError(`timeout: fallback must be a function, got ${got}`);
    expect(await rejection(untyped(timeout, () => ++called, 10, { fallback }))).toStrictEqual(expected);
    expect(called).toBe(0);
  });
});
