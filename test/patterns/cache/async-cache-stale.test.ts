import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test, vi } from "vitest";
import { AsyncCache } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { complaints, flush, rejection } from "../../support/waiting.ts";
import { manual } from "./runs.ts";

/** A cache with a ttl of 100 and 50 more in which it is stale, holding "old" under "a", whose ttl has just ended. */
async function stale(
  clock: { advance(ms: number): Promise<void> },
  onError?: (...given: unknown[]) => unknown,
) {
  const loads = manual();
  const cache = new AsyncCache(loads.run, { ttl: 100, stale: 50, onError });
  const waiting = cache.get("a");
  loads.at().resolve("old");
  await waiting;
  await clock.advance(100);
  return { cache, ...loads };
}

describe("AsyncCache with stale", () => {
  test("gives an old value at once, while one reload runs behind it", async () => {
    using clock = virtualTime();
    const { cache, runs, at } = await stale(clock);
    expect(await cache.get("a")).toBe("old");
    expect(runs).toHaveLength(2);
    expect(await Promise.all([cache.get("a"), cache.get("a")])).toEqual(["old", "old"]);
    await clock.advance(49);
    expect(await cache.get("a")).toBe("old");
    expect(runs).toHaveLength(2);
    at().resolve("new");
    await clock.advance(0);
    expect(await cache.get("a")).toBe("new");
    expect(runs).toHaveLength(2);
    expect(clock.pending).toEqual([]);
  });

  test("the reloaded value has a ttl of its own", async () => {
    using clock = virtualTime();
    const { cache, runs, at } = await stale(clock);
    await cache.get("a");
    await clock.advance(30);
    at().resolve("new");
    await clock.advance(99);
    expect(await cache.get("a")).toBe("new");
    expect(runs).toHaveLength(2);
    await clock.advance(1);
    expect(await cache.get("a")).toBe("new");
    expect(runs).toHaveLength(3);
  });

  test("an old value that nobody asks for is not reloaded, and waited for once its time is over", async () => {
    using clock = virtualTime();
    const { cache, runs, at } = await stale(clock);
    await clock.advance(50);
    expect(runs).toHaveLength(1);
    const waiting = observe(cache.get("a"));
    await clock.advance(0);
    expect(waiting.status).toBe("pending");
    at().resolve("new");
    await clock.advance(0);
    expect(waiting.value).toBe("new");
  });

  test("who comes after the old value's time joins the reload that still runs, and can leave it alone", async () => {
    using clock = virtualTime();
    const { cache, runs, at } = await stale(clock);
    await cache.get("a");
    await clock.advance(50);
    const staying = cache.get("a");
    const controller = new AbortController();
    const leaving = rejection(cache.get("a", controller));
    expect(runs).toHaveLength(2);
    controller.abort("gave up");
    expect(await leaving).toBe("gave up");
    at().resolve("new");
    expect(await staying).toBe("new");
  });

  test("the reload does not carry the caller's signal", async () => {
    using clock = virtualTime();
    const { cache, at } = await stale(clock);
    const controller = new AbortController();
    expect(await cache.get("a", controller)).toBe("old");
    controller.abort("left");
    expect(at().context.signal.aborted).toBe(false);
    await clock.advance(50);
    const second = new AbortController();
    const leaving = rejection(cache.get("a", second));
    second.abort("left, too");
    expect(await leaving).toBe("left, too");
    expect(at().context.signal.aborted).toBe(false);
    at().resolve("new");
    await clock.advance(0);
    expect(await cache.get("a")).toBe("new");
  });

  test("a caller whose signal has aborted gets no old value, and starts no reload", async () => {
    using clock = virtualTime();
    const { cache, runs } = await stale(clock);
    expect(await rejection(cache.get("a", { signal: AbortSignal.abort("before") }))).toBe("before");
    expect(runs).toHaveLength(1);
  });

  test("stale: Infinity gives the old value for ever, ttl: 0 reloads behind every call", async () => {
    using clock = virtualTime();
    const { run, runs, at } = manual();
    const cache = new AsyncCache(run, { ttl: 0, stale: Infinity });
    const waiting = cache.get("a");
    at().resolve("1");
    await waiting;
    await clock.advance(2 ** 40);
    for (const [call, value] of [
      [2, "1"],
      [3, "2"],
      [4, "3"],
    ] as const) {
      expect(await cache.get("a")).toBe(value);
      expect(runs).toHaveLength(call);
      at().resolve(String(call));
      await clock.advance(0);
    }
  });

  test("ttl: Infinity with stale: Infinity is fresh for ever", async () => {
    using clock = virtualTime();
    const { run, runs, at } = manual();
    const cache = new AsyncCache(run, { ttl: Infinity, stale: Infinity });
    const waiting = cache.get("a");
    at().resolve("value");
    await waiting;
    await clock.advance(2 ** 40);
    expect(await cache.get("a")).toBe("value");
    expect(runs).toHaveLength(1);
    expect(cache.stats()).toMatchObject({ hits: 1, stale: 0 });
  });

  test("a reload has the AsyncLocalStorage context of the call that was given the old value", async () => {
    using clock = virtualTime();
    const store = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const cache = new AsyncCache(() => seen.push(store.getStore()), { ttl: 0, stale: 10 });
    await store.run("loader", () => cache.get("a"));
    await clock.advance(5);
    await store.run("reloader", () => cache.get("a"));
    expect(seen).toEqual(["loader", "reloader"]);
  });
});

describe("AsyncCache when a reload fails", () => {
  test("the next call is given the old value at once", async () => {
    using clock = virtualTime();
    const { cache, at } = await stale(clock);
    await cache.get("a");
    at().reject(new Error("down"));
    await clock.advance(0);
    const next = observe(cache.get("a"));
    await clock.advance(0);
    expect(next).toMatchObject({ status: "fulfilled", value: "old" });
  });

  test("the old value stays until its stale time ends, and each call that finds it free tries again", async () => {
    using clock = virtualTime();
    const { cache, runs, at } = await stale(clock);
    for (let reload = 2; reload <= 4; reload++) {
      expect(await cache.get("a")).toBe("old");
      expect(runs).toHaveLength(reload);
      at().reject(new Error("down"));
      await clock.advance(10);
    }
    await clock.advance(19);
    expect(await cache.get("a")).toBe("old");
    at().reject(new Error("down"));
    await clock.advance(1);
    const waiting = rejection(cache.get("a"));
    at().reject(new Error("still down"));
    expect(await waiting).toEqual(new Error("still down"));
    const last = cache.get("a");
    at().resolve("up again");
    expect(await last).toBe("up again");
  });

  test.each([new Error("down"), undefined])("onError is told of %s, and of the key", async (error) => {
    using clock = virtualTime();
    const onError = vi.fn();
    const { cache, at } = await stale(clock, onError);
    await Promise.all([cache.get("a"), cache.get("a")]);
    expect(onError).not.toHaveBeenCalled();
    at().reject(error);
    await clock.advance(0);
    expect(onError.mock.calls).toEqual([[error, "a"]]);
  });

  test("onError is told, too, where a caller has come to wait for it, who is told as well", async () => {
    using clock = virtualTime();
    const onError = vi.fn();
    const { cache, at } = await stale(clock, onError);
    await cache.get("a");
    await clock.advance(50);
    const waiting = rejection(cache.get("a"));
    at().reject("down");
    expect(await waiting).toBe("down");
    await clock.advance(0);
    expect(onError.mock.calls).toEqual([["down", "a"]]);
  });

  const failReload = async (onError: undefined | (() => unknown), fail: () => string) => {
    using clock = virtualTime();
    let loads = 0;
    const cache = new AsyncCache(() => (++loads === 2 ? fail() : "value"), { ttl: 0, stale: 10, onError });
    await cache.get("a");
    expect(await cache.get("a")).toBe("value");
    await clock.advance(0);
    expect(loads).toBe(2);
    expect(await cache.get("a")).toBe("value");
    expect(loads).toBe(3);
  };
  const throws = () => {
    throw new Error("sync");
  };

  test.each([
    ["without onError", undefined],
    ["with an onError that throws", throws],
    ["with an onError whose promise rejects", () => Promise.reject(new Error("async"))],
  ])("is no unhandled rejection %s", async (_, onError) => {
    const found = await complaints(async () => {
      await failReload(onError, () => Promise.reject(new Error("down")) as never);
      await failReload(onError, throws);
    });
    await flush();
    expect(found).toEqual([]);
  });
});
