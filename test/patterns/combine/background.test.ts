import { AsyncLocalStorage } from "node:async_hooks";
import { background, sleep, timeout, TimeoutError, type Background } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";

/** A background and the errors that reached its handler. */
function supervised(): { tasks: Background; errors: unknown[] } {
  const errors: unknown[] = [];
  return { tasks: background({ onError: (error) => errors.push(error) }), errors };
}

describe("background() spawn()", () => {
  test("starts the task in the caller's stack and gives nothing", () => {
    const { tasks } = supervised();
    let started = 0;
    expect(tasks.spawn(() => ++started)).toBe(undefined);
    expect(started).toBe(1);
  });

  test.each([undefined, null, 0, "", new Error("x")])(
    "tells the handler of the failure %s, once",
    async (error) => {
      const { tasks, errors } = supervised();
      const found = await complaints(async () => {
        tasks.spawn(() => Promise.reject(error));
        tasks.spawn(() => {
          throw error;
        });
        await flush();
      });
      expect(errors).toStrictEqual([error, error]);
      expect(found).toStrictEqual([]);
    },
  );

  test("calls no handler for a task that ends well", async () => {
    const { tasks, errors } = supervised();
    tasks.spawn(() => 1);
    tasks.spawn(async () => 2);
    await tasks.drain();
    expect(errors).toStrictEqual([]);
  });

  test.each(["throws", "rejects"])("is not broken by a handler that %s", async (how) => {
    const found = await complaints(async () => {
      let calls = 0;
      const tasks = background({
        onError: () => {
          calls++;
          if (how === "throws") throw new Error("handler");
          return Promise.reject(new Error("handler"));
        },
      });
      for (let n = 0; n < 2; n++) tasks.spawn(() => Promise.reject(new Error("task")));
      await tasks.drain();
      expect(calls).toBe(2);
      expect(tasks.stats()).toStrictEqual({ running: 0 });
    });
    expect(found).toStrictEqual([]);
  });

  test("gives each task a context with a signal of its own", async () => {
    const { tasks } = supervised();
    const signals: AbortSignal[] = [];
    for (let n = 0; n < 2; n++) {
      tasks.spawn(({ signal, attempt }) => {
        signals.push(signal);
        expect(attempt).toBe(1);
      });
    }
    await tasks.drain();
    expect(new Set(signals).size).toBe(2);
    expect(signals.map(({ aborted }) => aborted)).toStrictEqual([false, false]);
  });

  test("makes no AbortController for tasks that never read `signal`", async () => {
    using controllers = countControllers();
    const { tasks } = supervised();
    tasks.spawn(() => 1);
    tasks.spawn(() => Promise.reject(new Error("x")));
    await flush();
    expect(controllers.made).toBe(0);
  });

  test("runs task and handler in the spawner's AsyncLocalStorage context", async () => {
    const user = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const tasks = background({ onError: (error) => seen.push([error, user.getStore()]) });
    user.run("Ada", () => tasks.spawn(() => Promise.reject(user.getStore())));
    user.run("Bob", () => tasks.spawn(() => Promise.reject(user.getStore())));
    await tasks.drain();
    expect(seen).toStrictEqual([
      ["Ada", "Ada"],
      ["Bob", "Bob"],
    ]);
  });

  test("refuses what is no function, and keeps nothing of it", () => {
    const { tasks } = supervised();
    expect(() => Reflect.apply(tasks.spawn, undefined, [Promise.resolve()])).toThrow(
      new TypeError("background.spawn: task must be a function, got Promise"),
    );
    expect(tasks.stats()).toStrictEqual({ running: 0 });
  });
});

describe("background() drain()", () => {
  test("waits for all that runs, and for what is added meanwhile", async () => {
    using clock = virtualTime();
    const { tasks } = supervised();
    tasks.spawn(() => sleep(10));
    tasks.spawn(async () => {
      await sleep(20);
      tasks.spawn(() => sleep(30));
    });
    expect(tasks.stats()).toStrictEqual({ running: 2 });
    await clock.run(() => tasks.drain());
    expect(clock.now).toBe(50);
    expect(tasks.stats()).toStrictEqual({ running: 0 });
  });

  test("waits for what a handler does, and for what it spawns", async () => {
    using clock = virtualTime();
    const tasks = background({
      onError: async () => {
        await sleep(10);
        tasks.spawn(() => sleep(10));
      },
    });
    tasks.spawn(() => Promise.reject(new Error("x")));
    await clock.run(() => tasks.drain());
    expect(clock.now).toBe(20);
  });

  test("is over at once where nothing runs, and can be used again and by several", async () => {
    using clock = virtualTime();
    const { tasks } = supervised();
    await clock.run(() => tasks.drain({ deadline: 5 }));
    expect(clock.pending).toStrictEqual([]);
    for (let round = 1; round <= 2; round++) {
      tasks.spawn(() => sleep(10));
      await clock.run(() => Promise.all([tasks.drain(), tasks.drain({ deadline: 100 })]));
      expect(clock.now).toBe(10 * round);
      expect(clock.pending).toStrictEqual([]);
    }
  });

  test("rejects with a TimeoutError at the deadline and tells the tasks that still run, of no failure of which the handler hears", async () => {
    using clock = virtualTime();
    const { tasks, errors } = supervised();
    const signals: AbortSignal[] = [];
    const note = ({ signal }: { signal: AbortSignal }): AbortSignal => {
      signals.push(signal);
      return signal;
    };
    tasks.spawn(async (context) => sleep(10, { signal: note(context) }));
    tasks.spawn(async (context) => sleep(1_000, { signal: note(context) }));
    tasks.spawn((context) => {
      note(context);
      return sleep(300);
    });
    const other = new Error("while it stopped");
    tasks.spawn(async (context) => {
      await sleep(1_000, { signal: note(context) }).catch(() => {});
      throw other;
    });
    const error = await clock.run(() => rejection(tasks.drain({ deadline: 100 })));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toHaveProperty("ms", 100);
    expect(clock.now).toBe(100);
    expect(signals.map(({ reason }) => reason)).toStrictEqual([undefined, error, error, error]);
    await clock.advance(0);
    expect(errors).toStrictEqual([other]);
    expect(tasks.stats()).toStrictEqual({ running: 1 });
    await clock.run(() => tasks.drain());
    expect(clock.now).toBe(300);
  });

  test("tells the handler of an AbortError where nobody was told", async () => {
    const { tasks, errors } = supervised();
    const error = new DOMException("own", "AbortError");
    tasks.spawn(() => Promise.reject(error));
    await tasks.drain();
    expect(errors).toStrictEqual([error]);
  });

  test("tells each task of the first deadline only, and not those that are spawned later", async () => {
    using clock = virtualTime();
    const { tasks, errors } = supervised();
    const deaf = async (context: { signal: AbortSignal }): Promise<void> => {
      await sleep(100);
      late.push(context.signal.reason);
      context.signal.throwIfAborted();
    };
    const late: unknown[] = [];
    tasks.spawn(deaf);
    const first = rejection(tasks.drain({ deadline: 10 }));
    const second = rejection(tasks.drain({ deadline: 20 }));
    await clock.advance(30);
    tasks.spawn(deaf);
    await clock.run(() => tasks.drain());
    expect(late).toStrictEqual([await first, undefined]);
    expect(errors).toStrictEqual([]);
    expect(await second).toHaveProperty("ms", 20);
  });

  test("gives up at an abort without telling the tasks, and takes its listener and its timer off", async () => {
    using clock = virtualTime();
    const { tasks, errors } = supervised();
    const controller = new AbortController();
    const { signal } = controller;
    let own: AbortSignal | undefined;
    tasks.spawn(async (context) => {
      own = context.signal;
      await sleep(50, context);
    });
    const waiting = observe(tasks.drain({ deadline: 100, signal }));
    await clock.advance(10);
    expect(listeners(signal)).toBe(1);
    expect(clock.pending).toHaveLength(2);
    const reason = new Error("leave");
    controller.abort(reason);
    await clock.advance(0);
    expect(waiting).toMatchObject({ status: "rejected", at: 10 });
    expect(waiting.reason).toBe(reason);
    expect(listeners(signal)).toBe(0);
    expect(clock.pending).toHaveLength(1);
    expect(own?.aborted).toBe(false);
    await clock.run(() => tasks.drain());
    expect(errors).toStrictEqual([]);
  });

  test("takes a caller's own TimeoutError for an abort, not for its deadline", async () => {
    using clock = virtualTime();
    const { tasks } = supervised();
    let own: AbortSignal | undefined;
    tasks.spawn((context) => {
      own = context.signal;
      return sleep(50);
    });
    const outcome = timeout(({ signal }) => tasks.drain({ deadline: 40, signal }), 10);
    expect(await clock.run(() => rejection(outcome))).toHaveProperty("ms", 10);
    expect(own?.aborted).toBe(false);
  });

  test("rejects with the reason of a signal that has aborted, also where nothing runs", async () => {
    const { tasks } = supervised();
    const reason = new Error("before");
    expect(await rejection(tasks.drain({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  test("is not late for a task that ends with the deadline", async () => {
    using clock = virtualTime();
    const { tasks } = supervised();
    tasks.spawn(() => sleep(100));
    await clock.run(() => tasks.drain({ deadline: 100 }));
    expect(clock.now).toBe(100);
  });

  test("waits for ever with a deadline of Infinity, and longer than a timer can", async () => {
    using clock = virtualTime();
    const { tasks } = supervised();
    const { promise, resolve } = deferred();
    tasks.spawn(() => promise);
    const long = 2 ** 31 + 1_000;
    const waiting = [observe(tasks.drain()), observe(tasks.drain({ deadline: long }))];
    await clock.advance(long - 1);
    expect(waiting.map(({ status }) => status)).toStrictEqual(["pending", "pending"]);
    resolve();
    await clock.advance(0);
    expect(waiting.map(({ status }) => status)).toStrictEqual(["fulfilled", "fulfilled"]);
    expect(clock.pending).toStrictEqual([]);
  });

  test.each([
    [-1, RangeError, "-1"],
    [NaN, RangeError, "NaN"],
    ["5", TypeError, '"5"'],
    [null, TypeError, "null"],
  ])("refuses a deadline of %j", async (deadline, type, got) => {
    const { tasks } = supervised();
    expect(await rejection(untyped(tasks.drain, { deadline }))).toStrictEqual(
      new type(`background.drain: deadline must be a number >= 0, got ${got}`),
    );
  });
});

test.each([[undefined, "undefined"], ["log", '"log"'] as const])(
  "background() refuses an onError of %s",
  (onError, got) => {
    expect(() => Reflect.apply(background, undefined, [{ onError }])).toThrow(
      new TypeError(`background: onError must be a function, got ${got}`),
    );
  },
);
