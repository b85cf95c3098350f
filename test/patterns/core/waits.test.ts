import { AsyncLocalStorage } from "node:async_hooks";
import {
  abortable,
  any,
  asCompleted,
  background,
  gather,
  gatherSettled,
  mapConcurrent,
  race,
  sleep,
  taskGroup,
  timeout,
  TimeoutError,
  wait,
  type AbortOptions,
  type TaskContext,
} from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { complaints, listeners, rejection } from "../../support/waiting.ts";

const nap = async ({ signal }: TaskContext): Promise<string> => {
  await sleep(1_000, { signal });
  return "rested";
};
const never = new Promise<never>(() => {});

async function* oneItem(): AsyncGenerator<number> {
  yield 1;
}

/** Each waits 1,000 virtual ms and then gives `value`. */
const waits: { name: string; start: (options: AbortOptions) => Promise<unknown>; value: unknown }[] = [
  { name: "sleep()", start: (options) => sleep(1_000, options), value: undefined },
  { name: "timeout()", start: (options) => timeout(nap, 5_000, options), value: "rested" },
  {
    name: "timeout() without a deadline",
    start: (options) => timeout(nap, Infinity, options),
    value: "rested",
  },
  { name: "abortable()", start: ({ signal }) => abortable(sleep(1_000), signal), value: undefined },
  { name: "gather()", start: (options) => gather([nap, nap], options), value: ["rested", "rested"] },
  {
    name: "gather() of a record with a limit",
    start: (options) => gather({ a: nap, b: () => 2 }, { concurrency: 1, ...options }),
    value: { a: "rested", b: 2 },
  },
  {
    name: "gatherSettled()",
    start: (options) => gatherSettled([nap], options),
    value: [{ status: "fulfilled", value: "rested" }],
  },
  { name: "race()", start: (options) => race([nap, () => never], options), value: "rested" },
  {
    name: "wait()",
    start: (options) => wait([nap, () => 2], options),
    value: {
      done: [
        { index: 0, status: "fulfilled", value: "rested" },
        { index: 1, status: "fulfilled", value: 2 },
      ],
      pending: [],
      cancel: expect.any(Function),
    },
  },
  {
    name: "asCompleted()",
    start: async (options) => {
      const given: unknown[] = [];
      for await (const { index } of asCompleted([nap, () => 2], options)) given.push(index);
      return given;
    },
    value: [1, 0],
  },
  {
    name: "mapConcurrent()",
    start: (options) => mapConcurrent([1, 2], (_item, _index, context) => nap(context), options),
    value: ["rested", "rested"],
  },
  {
    name: "mapConcurrent() of an async source with a limit",
    start: (options) =>
      mapConcurrent(oneItem(), (_item, _index, context) => nap(context), { concurrency: 1, ...options }),
    value: ["rested"],
  },
  {
    name: "taskGroup()",
    start: (options) =>
      taskGroup(async (group) => [await group.spawn(nap), await group.shield(() => 2)], options),
    value: ["rested", 2],
  },
  {
    name: "background() drain()",
    start: (options) => {
      const tasks = background({ onError: () => {} });
      tasks.spawn(() => sleep(1_000));
      return tasks.drain(options);
    },
    value: undefined,
  },
  { name: "any()", start: (options) => any([nap, () => Promise.reject(1)], options), value: "rested" },
];

describe.each(waits)("$name", ({ name, start, value }) => {
  // What abortable() and drain() wait for here is a sleep that nobody stops.
  const timersLeft = ["abortable()", "background() drain()"].includes(name) ? 1 : 0;

  test("gives its value after the wait, in time that was faked after the import", async () => {
    using clock = virtualTime();
    expect(await clock.run(() => start({}))).toStrictEqual(value);
    expect(clock.now).toBe(1_000);
    expect(clock.pending).toStrictEqual([]);
  });

  test("rejects with the reason itself when aborted before, leaving no listener and no timer", async () => {
    using clock = virtualTime();
    const reason = new Error("before");
    const signal = AbortSignal.abort(reason);
    expect(await clock.run(() => rejection(start({ signal })))).toBe(reason);
    expect(clock.now).toBe(0);
    expect(listeners(signal)).toBe(0);
    expect(clock.pending).toHaveLength(timersLeft);
  });

  test("rejects at once with the reason itself when aborted during the wait", async () => {
    using clock = virtualTime();
    const { signal, ...controller } = abortLater();
    const reason = new Error("during");
    const waiting = observe(start({ signal }));
    await clock.advance(400);
    expect(waiting.status).toBe("pending");
    expect(listeners(signal)).toBe(1);
    controller.abort(reason);
    expect(listeners(signal)).toBe(0);
    expect(clock.pending).toHaveLength(timersLeft);
    await clock.advance(0);
    expect(waiting).toMatchObject({ status: "rejected", at: 400 });
    expect(waiting.reason).toBe(reason);
  });

  test("is not changed by an abort after the wait, and holds no listener by then", async () => {
    using clock = virtualTime();
    const { signal, ...controller } = abortLater();
    const waiting = start({ signal });
    await clock.run(() => waiting);
    expect(listeners(signal)).toBe(0);
    controller.abort(new Error("after"));
    expect(await waiting).toStrictEqual(value);
  });

  test.each([null, 0, "", false])("rejects with the falsy reason %j", async (reason) => {
    using clock = virtualTime();
    expect(await clock.run(() => rejection(start({ signal: AbortSignal.abort(reason) })))).toBe(reason);
    const controller = abortLater();
    const waiting = rejection(start(controller));
    controller.abort(reason);
    expect(await clock.run(() => waiting)).toBe(reason);
  });

  test("rejects with the platform's AbortError when aborted without a reason", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const waiting = rejection(start({ signal: controller.signal }));
    controller.abort();
    expect(await clock.run(() => waiting)).toBe(controller.signal.reason);
    expect(controller.signal.reason).toMatchObject({ name: "AbortError" });
  });

  test("1,000 aborted waiters on one signal share a listener and leave none, and no timer", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = Array.from({ length: 1_000 }, () => rejection(start({ signal })));
      expect(listeners(signal)).toBe(1);
      const reason = new Error("all of you");
      controller.abort(reason);
      expect(new Set(await clock.run(() => Promise.all(waiting)))).toStrictEqual(new Set([reason]));
      expect(listeners(signal)).toBe(0);
      expect(clock.pending).toHaveLength(1_000 * timersLeft);
    });
    expect(found).toStrictEqual([]);
  });

  test("waiters that end by themselves take the shared listener off with the last", async () => {
    using clock = virtualTime();
    const { signal } = new AbortController();
    const before = Array.from({ length: 99 }, () => start({ signal }));
    await clock.advance(1);
    const last = observe(start({ signal }));
    await clock.run(() => Promise.all(before));
    expect(listeners(signal)).toBe(1);
    await clock.advance(1);
    expect(last.status).toBe("fulfilled");
    expect(listeners(signal)).toBe(0);
    expect(clock.pending).toStrictEqual([]);
  });

  test("keeps the caller's AsyncLocalStorage context across the wait", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const ask = async (): Promise<string | undefined> => {
      await start({});
      return user.getStore();
    };
    const both = (): Promise<unknown> => Promise.all([user.run("Ada", ask), user.run("Bob", ask)]);
    expect(await clock.run(both)).toStrictEqual(["Ada", "Bob"]);
  });

  test("keeps the caller's AsyncLocalStorage context when it is aborted from another", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const controller = abortLater();
    const ask = async (): Promise<string | undefined> => {
      await rejection(start(controller));
      return user.getStore();
    };
    const asked = user.run("Ada", ask);
    user.run("Bob", () => controller.abort());
    expect(await clock.run(() => asked)).toBe("Ada");
  });
});

const down = new Error("down");
const fails = (): Promise<never> => Promise.reject(down);

describe("an end that is a failure leaves no listener and no timer:", () => {
  test.each<[name: string, start: (options: AbortOptions) => Promise<unknown>]>([
    ["timeout() of a task that fails", (options) => timeout(fails, 1_000, options)],
    ["timeout() whose time is over", (options) => timeout(() => never, 1_000, options)],
    ["abortable()", ({ signal }) => abortable(fails(), signal)],
    ["gather()", (options) => gather([fails, () => never], options)],
    ["race()", (options) => race([fails, () => never], options)],
    ["any()", (options) => any([fails, fails], options)],
    ["wait()", (options) => wait([fails, () => never], { until: "first-exception", ...options })],
    ["asCompleted()", (options) => asCompleted([fails, nap], options).next()],
    ["mapConcurrent()", (options) => mapConcurrent([1], fails, options)],
    ["taskGroup()", (options) => taskGroup(fails, options)],
    [
      "background() drain() whose time is over",
      (options) => {
        const tasks = background({ onError: () => {} });
        tasks.spawn(() => never);
        return tasks.drain({ deadline: 1_000, ...options });
      },
    ],
  ])("%s", async (_name, start) => {
    using clock = virtualTime();
    const { signal } = new AbortController();
    const ended = observe(start({ signal }));
    expect(listeners(signal)).toBe(1);
    await clock.advance(1_000);
    expect(ended.status).not.toBe("pending");
    expect(listeners(signal)).toBe(0);
    expect(clock.pending).toStrictEqual([]);
  });
});

describe("waits of many kinds on one signal", () => {
  test("share one listener and are all told", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = waits.map(({ start }) => rejection(start({ signal })));
    expect(listeners(signal)).toBe(1);
    const reason = new Error("all of you");
    controller.abort(reason);
    expect(listeners(signal)).toBe(0);
    expect(await clock.run(() => Promise.all(waiting))).toStrictEqual(waits.map(() => reason));
  });

  test("are told in the order in which they began", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const order: number[] = [];
    const waiting = [3, 1, 2].map((ms) => sleep(ms, controller).catch(() => order.push(ms)));
    controller.abort();
    await clock.run(() => Promise.all(waiting));
    expect(order).toStrictEqual([3, 1, 2]);
  });

  test("a deadline from AbortSignal.timeout() ends them with its reason", async () => {
    using clock = virtualTime();
    const signal = AbortSignal.timeout(300);
    expect(await clock.run(() => rejection(sleep(1_000, { signal })))).toBe(signal.reason);
    expect(clock.now).toBe(300);
    expect(signal.reason).not.toBeInstanceOf(TimeoutError);
  });
});

/** An AbortController whose parts may be taken apart. */
function abortLater(): { signal: AbortSignal; abort: (reason?: unknown) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
