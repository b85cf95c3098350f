import { describe, expect, test } from "vitest";
import { AsyncCache, retry, sleep } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { countControllers } from "../../support/controllers.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, flush, listeners, rejection } from "../../support/waiting.ts";
import { manual } from "./runs.ts";

describe("AsyncCache.get() with a signal", () => {
  test("one caller's abort rejects that caller at once, with the reason itself, and cancels nobody else's load", async () => {
    const { run, runs, at } = manual();
    const cache = new AsyncCache(run, { ttl: 100 });
    const controller = new AbortController();
    const leaving = rejection(cache.get("a", controller));
    const staying = cache.get("a", new AbortController());
    const reason = new Error("gave up");
    controller.abort(reason);
    expect(await leaving).toBe(reason);
    expect(at().context.signal.aborted).toBe(false);
    at().resolve("value");
    expect(await staying).toBe("value");
    expect(await cache.get("a")).toBe("value");
    expect(runs).toHaveLength(1);
  });

  test("when all who wait have left, the load is aborted, what it still gives is not stored, the next call starts afresh", async () => {
    const { run, runs, at } = manual();
    const storage = new Map();
    const cache = new AsyncCache(run, { ttl: 100, storage });
    const controllers = [new AbortController(), new AbortController()];
    const waiting = controllers.map((controller) => rejection(cache.get("a", controller)));
    const { signal } = at().context;
    for (const [index, controller] of controllers.entries()) controller.abort(index);
    expect(await Promise.all(waiting)).toEqual([0, 1]);
    expect(signal.reason).toBe(1);
    expect(cache.stats().loading).toBe(0);

    const next = cache.get("a");
    expect(runs).toHaveLength(2);
    at(0).resolve("late");
    await flush();
    expect(storage.size).toBe(0);
    at(1).resolve("new");
    expect(await next).toBe("new");
    expect(storage.get("a")).toMatchObject({ value: "new" });
  });

  test("a load that nobody waits for any more stores nothing, even if no other follows it", async () => {
    const { run, at } = manual();
    const storage = new Map();
    const cache = new AsyncCache(run, { ttl: 100, storage });
    const controller = new AbortController();
    const waiting = rejection(cache.get("a", controller));
    controller.abort("gave up");
    at().resolve("late");
    expect(await waiting).toBe("gave up");
    await flush();
    expect(storage.size).toBe(0);
  });

  test("a caller whose signal has aborted is rejected, starts nothing, and gets no value that is there", async () => {
    const { run, runs, at } = manual();
    const cache = new AsyncCache(run, { ttl: 100 });
    const signal = AbortSignal.abort("before");
    expect(await rejection(cache.get("a", { signal }))).toBe("before");
    expect(runs).toEqual([]);
    const waiting = cache.get("a");
    at().resolve("value");
    await waiting;
    expect(await rejection(cache.get("a", { signal }))).toBe("before");
    expect(cache.stats()).toEqual({ hits: 0, stale: 0, misses: 1, loading: 0 });
    expect(listeners(signal)).toBe(0);
  });

  test("an abort after the end changes nothing", async () => {
    const cache = new AsyncCache((key: string) => key, { ttl: 100 });
    const controller = new AbortController();
    const waiting = cache.get("a", controller);
    expect(await waiting).toBe("a");
    expect(listeners(controller.signal)).toBe(0);
    controller.abort("after");
    expect(await cache.get("a")).toBe("a");
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 1 });
  });

  test.each([null, 0, "", false])("rejects with the falsy reason %j", async (reason) => {
    const cache = new AsyncCache(manual().run, { ttl: 100 });
    const controller = new AbortController();
    const waiting = rejection(cache.get("a", controller));
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    expect(await rejection(cache.get("a", controller))).toBe(reason);
  });

  test("a value that is there takes no listener", async () => {
    const cache = new AsyncCache((key: string) => key, { ttl: 100 });
    await cache.get("a");
    const { signal } = new AbortController();
    const waiting = cache.get("a", { signal });
    expect(listeners(signal)).toBe(0);
    expect(await waiting).toBe("a");
  });

  test("10,000 aborted callers share a listener and leave none, and no timer", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const cache = new AsyncCache((_key: string, { signal }) => sleep(1_000, { signal }), { ttl: 100 });
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = Array.from({ length: 10_000 }, () => rejection(cache.get("a", { signal })));
      expect(listeners(signal)).toBe(1);
      expect(clock.pending).toHaveLength(1);
      controller.abort("all of you");
      expect(new Set(await Promise.all(waiting))).toEqual(new Set(["all of you"]));
      expect(listeners(signal)).toBe(0);
      expect(clock.pending).toEqual([]);
    });
    expect(found).toEqual([]);
  });

  test("refuses what is no signal, also where the value is there", async () => {
    const cache = new AsyncCache((key: string) => key, { ttl: 100 });
    const get = (...given: unknown[]) => untyped(cache.get.bind(cache), ...given);
    const refused = new TypeError("signal must be an AbortSignal, got Object");
    expect(await rejection(get("a", { signal: {} }))).toEqual(refused);
    expect(cache.stats().misses).toBe(0);
    await cache.get("a");
    expect(await rejection(get("a", { signal: {} }))).toEqual(refused);
  });

  test("inside another pattern's task takes its context for options, and needs no AbortController", async () => {
    const { run, at } = manual();
    const cache = new AsyncCache(run, { ttl: 100 });
    const outer = new AbortController();
    using controllers = countControllers();
    const waiting = rejection(retry((context) => cache.get("a", context), { signal: outer.signal }));
    await flush();
    outer.abort("gave up");
    expect(await waiting).toBe("gave up");
    expect(controllers.made).toBe(0);
    expect(at().context.signal.reason).toBe("gave up");
    const signal = AbortSignal.abort("before");
    expect(await rejection(retry((context) => cache.get("b", context), { signal }))).toBe("before");
  });
});
