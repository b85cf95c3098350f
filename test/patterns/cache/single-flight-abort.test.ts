import { describe, expect, test } from "vitest";
import { retry, singleFlight, sleep, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { countControllers } from "../../support/controllers.ts";
import { complaints, flush, listeners, rejection, survivors } from "../../support/waiting.ts";
import { untyped } from "../../support/untyped.ts";
import { manual } from "./runs.ts";

describe("singleFlight() when one of several callers aborts", () => {
  test.each([0, 1])("only caller %i is rejected, at once and with the reason itself", async (index) => {
    const { run, runs, at } = manual();
    const find = singleFlight(run);
    const controllers = [new AbortController(), new AbortController()];
    const waiting = controllers.map(({ signal }) => find("a", { signal }));
    const reason = new Error("gave up");
    controllers[index]?.abort(reason);
    expect(await rejection(waiting[index] as Promise<string>)).toBe(reason);
    expect(at().context.signal.aborted).toBe(false);
    expect(runs).toHaveLength(1);
    at().resolve("value");
    expect(await waiting[1 - index]).toBe("value");
  });

  test("a caller without a signal keeps the run going", async () => {
    const { run, at } = manual();
    const find = singleFlight(run);
    const controller = new AbortController();
    const leaving = rejection(find("a", controller));
    const staying = find("a", { signal: undefined });
    controller.abort("gave up");
    expect(await leaving).toBe("gave up");
    expect(at().context.signal.aborted).toBe(false);
    at().resolve("value");
    expect(await staying).toBe("value");
  });

  test("whoever comes then still joins the run", async () => {
    const { run, runs, at } = manual();
    const find = singleFlight(run);
    const staying = find("a");
    const controller = new AbortController();
    const leaving = rejection(find("a", controller));
    controller.abort(undefined);
    await leaving;
    const late = find("a");
    expect(runs).toHaveLength(1);
    at().resolve("value");
    expect(await Promise.all([staying, late])).toEqual(["value", "value"]);
  });

  test.each([null, 0, "", false])("rejects with the falsy reason %j", async (reason) => {
    const find = singleFlight(manual().run);
    const controller = new AbortController();
    const waiting = rejection(find("a", controller));
    controller.abort(reason);
    expect(await waiting).toBe(reason);
  });
});

describe("singleFlight() when all callers have left", () => {
  test("the run's signal aborts with the reason of the last one, once", async () => {
    const { run, at } = manual();
    const find = singleFlight(run);
    const controllers = [new AbortController(), new AbortController(), new AbortController()];
    const waiting = controllers.map(({ signal }) => rejection(find("a", { signal })));
    const { signal } = at().context;
    let told = 0;
    signal.addEventListener("abort", () => told++);
    for (const index of [1, 0]) controllers[index]?.abort(index);
    expect(signal.aborted).toBe(false);
    controllers[2]?.abort(2);
    expect(told).toBe(1);
    expect(signal.reason).toBe(2);
    expect(await Promise.all(waiting)).toEqual([0, 1, 2]);
  });

  test("callers with one signal leave together", async () => {
    const { run, at } = manual();
    const find = singleFlight(run);
    const controller = new AbortController();
    const waiting = [1, 2, 3].map(() => rejection(find("a", controller)));
    const { signal } = at().context;
    expect(listeners(controller.signal)).toBe(1);
    controller.abort("all of you");
    expect(await Promise.all(waiting)).toEqual(Array(3).fill("all of you"));
    expect(signal.reason).toBe("all of you");
    expect(listeners(controller.signal)).toBe(0);
  });

  test.each(["value", "failure"])(
    "the next call starts afresh while the old run winds down, whose late %s disturbs nothing",
    async (end) => {
      const { run, runs, at } = manual();
      const find = singleFlight(run);
      const controller = new AbortController();
      const first = rejection(find("a", controller));
      controller.abort("gave up");
      expect(await first).toBe("gave up");

      const second = observe(find("a"));
      expect(runs).toHaveLength(2);
      if (end === "value") at(0).resolve("old");
      else at(0).reject(new Error("old"));
      await flush();
      expect(second.status).toBe("pending");

      const third = find("a");
      expect(runs).toHaveLength(2);
      expect(at(1).context.signal.aborted).toBe(false);
      at(1).resolve("new");
      expect(await third).toBe("new");
      expect(second.value).toBe("new");
    },
  );

  test("the next call starts afresh in the very turn of the abort, even from the run's own abort listener", async () => {
    const { run, runs, at } = manual();
    const find = singleFlight(run);
    const controller = new AbortController();
    const first = rejection(find("a", controller));
    let second: Promise<string> | undefined;
    at().context.signal.addEventListener("abort", () => {
      second = find("a");
    });
    controller.abort("gave up");
    expect(runs).toHaveLength(2);
    expect(at().context.signal.aborted).toBe(false);
    at().resolve("new");
    expect(await second).toBe("new");
    expect(await first).toBe("gave up");
  });

  test("a run that fails because it was told to stop leaves no unhandled rejection", async () => {
    const found = await complaints(async () => {
      const find = singleFlight((_key: string, { signal }) => sleep(60_000, { signal }));
      const controller = new AbortController();
      const waiting = rejection(find("a", controller));
      controller.abort("gave up");
      expect(await waiting).toBe("gave up");
    });
    expect(found).toEqual([]);
  });

  test("a run that aborts its only caller as it starts is told, and left", async () => {
    const controller = new AbortController();
    const contexts: TaskContext[] = [];
    const find = singleFlight((_key: string, context) => {
      contexts.push(context);
      if (contexts.length === 1) controller.abort("by the run");
      return contexts.length;
    });
    expect(await rejection(find("a", controller))).toBe("by the run");
    expect(contexts[0]?.signal.reason).toBe("by the run");
    expect(await find("a")).toBe(2);
  });
});

describe("singleFlight() with a signal that aborts before or after", () => {
  test("a caller whose signal has aborted starts nothing", async () => {
    const { run, runs } = manual();
    const find = singleFlight(run);
    const signal = AbortSignal.abort("before");
    expect(await rejection(find("a", { signal }))).toBe("before");
    expect(runs).toEqual([]);
    expect(listeners(signal)).toBe(0);
  });

  test("a caller whose signal has aborted does not join, and does not end the run of others", async () => {
    const { run, at } = manual();
    const find = singleFlight(run);
    const staying = find("a");
    expect(await rejection(find("a", { signal: AbortSignal.abort("before") }))).toBe("before");
    expect(at().context.signal.aborted).toBe(false);
    at().resolve("value");
    expect(await staying).toBe("value");
  });

  test("an abort after the end changes nothing, and aborts no run", async () => {
    const { run, at } = manual();
    const find = singleFlight(run);
    const controller = new AbortController();
    const waiting = find("a", controller);
    at().resolve("value");
    expect(await waiting).toBe("value");
    expect(listeners(controller.signal)).toBe(0);
    const next = find("a");
    controller.abort("after");
    expect(at(0).context.signal.aborted).toBe(false);
    expect(at(1).context.signal.aborted).toBe(false);
    at(1).resolve("next");
    expect(await next).toBe("next");
  });

  test("a failure takes the listeners off, too", async () => {
    const { run, at } = manual();
    const find = singleFlight(run);
    const controller = new AbortController();
    const waiting = [1, 2].map(() => rejection(find("a", controller)));
    at().reject("down");
    expect(await Promise.all(waiting)).toEqual(["down", "down"]);
    expect(listeners(controller.signal)).toBe(0);
  });

  test("refuses what is no signal", async () => {
    const { run, runs } = manual();
    const error = await rejection(untyped(singleFlight(run), "a", { signal: {} }));
    expect(error).toEqual(new TypeError("signal must be an AbortSignal, got Object"));
    expect(runs).toEqual([]);
  });
});

describe("singleFlight() leaves nothing behind", () => {
  test("10,000 aborted callers of one run share a listener and leave none", async () => {
    const found = await complaints(async () => {
      const { run, runs, at } = manual();
      const find = singleFlight(run);
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = Array.from({ length: 10_000 }, () => rejection(find("a", { signal })));
      expect(runs).toHaveLength(1);
      expect(listeners(signal)).toBe(1);
      controller.abort("all of you");
      expect(new Set(await Promise.all(waiting))).toEqual(new Set(["all of you"]));
      expect(listeners(signal)).toBe(0);
      expect(at().context.signal.aborted).toBe(true);
    });
    expect(found).toEqual([]);
  });

  test("no key and no run, whether it ended or was given up", async () => {
    const find = singleFlight((key: object, { signal }) =>
      signal.aborted ? key : new Promise<object>(() => {}),
    );
    const succeed = singleFlight((key: object) => key);
    const fail = singleFlight((_key: object): object => {
      throw new Error("down");
    });
    const use = async (): Promise<WeakRef<object>[]> => {
      const keys = [{}, {}, {}];
      const [a = {}, b = {}, c = {}] = keys;
      const controller = new AbortController();
      const waiting = rejection(find(a, controller));
      controller.abort("gave up");
      await waiting;
      await succeed(b);
      await rejection(fail(c));
      return keys.map((key) => new WeakRef(key));
    };
    const references = await use();
    expect(await survivors(references)).toBe(0);
    expect(await succeed({})).toEqual({});
    expect(find).toBeTypeOf("function");
    expect(fail).toBeTypeOf("function");
  });

  test("no timer, and no AbortController where the run reads no signal", async () => {
    using clock = virtualTime();
    using controllers = countControllers();
    const find = singleFlight(() => sleep(10));
    await clock.run(() => Promise.all([find("a"), find("a")]));
    expect(controllers.made).toBe(0);
    expect(clock.pending).toEqual([]);
  });

  test("a call inside another pattern's task takes its context for options, and needs no AbortController", async () => {
    const { run, at } = manual();
    const find = singleFlight(run);
    const outer = new AbortController();
    using controllers = countControllers();
    const waiting = rejection(retry((context) => find("a", context), { signal: outer.signal }));
    await flush();
    outer.abort("gave up");
    expect(await waiting).toBe("gave up");
    expect(controllers.made).toBe(0);
    expect(at().context.signal.reason).toBe("gave up");
  });
});
