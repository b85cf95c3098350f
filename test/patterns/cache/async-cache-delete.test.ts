import { describe, expect, test, vi } from "vitest";
import { AsyncCache } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { flush, rejection } from "../../support/waiting.ts";
import { manual } from "./runs.ts";

type Cache = AsyncCache<string, string>;
const ways = [
  ["delete()", (cache: Cache): void => cache.delete("a")],
  ["clear()", (cache: Cache): void => cache.clear()],
] as const;

describe.each(ways)("AsyncCache %s", (_, forget) => {
  const make = (stale = 0, onError?: () => void) => {
    const loads = manual();
    const storage = new Map();
    return { cache: new AsyncCache(loads.run, { ttl: 100, stale, storage, onError }), storage, ...loads };
  };

  test("makes the next call load anew", async () => {
    const { cache, storage, at, runs } = make();
    const first = cache.get("a");
    at().resolve("old");
    await first;
    expect(storage.size).toBe(1);
    forget(cache);
    expect(storage.size).toBe(0);
    const second = cache.get("a");
    expect(runs).toHaveLength(2);
    at().resolve("new");
    expect(await second).toBe("new");
    expect(await cache.get("a")).toBe("new");
  });

  test("is harmless where there is nothing", () => {
    const { cache } = make();
    forget(cache);
    expect(cache.stats()).toEqual({ hits: 0, stale: 0, misses: 0, loading: 0 });
  });

  test("during a load wins: its value goes to those who wait, and is not stored", async () => {
    const { cache, storage, at, runs } = make();
    const waiting = [cache.get("a"), cache.get("a")];
    forget(cache);
    expect(cache.stats().loading).toBe(0);
    expect(at().context.signal.aborted).toBe(false);
    at().resolve("old");
    expect(await Promise.all(waiting)).toEqual(["old", "old"]);
    expect(storage.size).toBe(0);
    const next = cache.get("a");
    expect(runs).toHaveLength(2);
    at().resolve("new");
    expect(await next).toBe("new");
  });

  test("in the very turn in which the load ends still wins", async () => {
    const { cache, storage, at } = make();
    const waiting = cache.get("a");
    at().resolve("old");
    forget(cache);
    expect(await waiting).toBe("old");
    expect(storage.size).toBe(0);
  });

  test("as soon as a caller has its value finds it stored", async () => {
    const { cache, storage, at } = make();
    const waiting = cache.get("a").then(() => forget(cache));
    at().resolve("old");
    await waiting;
    await flush();
    expect(storage.size).toBe(0);
    expect(cache.stats().loading).toBe(0);
  });

  test("by the load itself, as it starts, wins", async () => {
    let loads = 0;
    const cache: Cache = new AsyncCache(
      async (key: string) => {
        if (++loads === 1) forget(cache);
        return key + loads;
      },
      { ttl: 100 },
    );
    expect(await cache.get("a")).toBe("a1");
    expect(await cache.get("a")).toBe("a2");
    expect(await cache.get("a")).toBe("a2");
  });

  test.each(["before", "after"])(
    "during a load: the next call loads anew beside it, and the old load's end %s disturbs nothing",
    async (when) => {
      const { cache, storage, at, runs } = make();
      const first = observe(cache.get("a"));
      forget(cache);
      const second = observe(cache.get("a"));
      expect(runs).toHaveLength(2);
      const [old, fresh] = [() => at(0).resolve("old"), () => at(1).resolve("new")];
      (when === "before" ? old : fresh)();
      await flush();
      expect([first.status, second.status]).toEqual(
        when === "before" ? ["fulfilled", "pending"] : ["pending", "fulfilled"],
      );
      const third = cache.get("a");
      (when === "before" ? fresh : old)();
      expect(await third).toBe("new");
      await flush();
      expect([first.value, second.value]).toEqual(["old", "new"]);
      expect(storage.get("a")).toMatchObject({ value: "new" });
      expect(runs).toHaveLength(2);
    },
  );

  test("during a load that fails leaves the newer load and its value alone", async () => {
    const { cache, at, runs } = make();
    const first = rejection(cache.get("a"));
    forget(cache);
    const second = cache.get("a");
    at(0).reject("down");
    expect(await first).toBe("down");
    const third = cache.get("a");
    expect(runs).toHaveLength(2);
    at(1).resolve("new");
    expect(await Promise.all([second, third])).toEqual(["new", "new"]);
    expect(await cache.get("a")).toBe("new");
  });

  test("lets those who wait for the old load still give it up", async () => {
    const { cache, at } = make();
    const controller = new AbortController();
    const first = rejection(cache.get("a", controller));
    forget(cache);
    const second = cache.get("a");
    controller.abort("gave up");
    expect(await first).toBe("gave up");
    expect(at(0).context.signal.reason).toBe("gave up");
    expect(at(1).context.signal.aborted).toBe(false);
    at(1).resolve("new");
    expect(await second).toBe("new");
  });

  test("during a reload wins: the old value is gone, the reloaded one is not stored", async () => {
    using clock = virtualTime();
    const onError = vi.fn();
    const { cache, storage, at, runs } = make(50, onError);
    const first = cache.get("a");
    at().resolve("old");
    await first;
    await clock.advance(100);
    expect(await cache.get("a")).toBe("old");
    forget(cache);
    at().resolve("reloaded");
    await clock.advance(0);
    expect(storage.size).toBe(0);
    const next = cache.get("a");
    expect(runs).toHaveLength(3);
    at().resolve("new");
    expect(await next).toBe("new");
    expect(onError).not.toHaveBeenCalled();
  });
});

test("AsyncCache.delete() leaves the other keys and their loads alone, clear() does not", async () => {
  const { run, runs, at } = manual();
  const cache = new AsyncCache(run, { ttl: 100 });
  const b = cache.get("b");
  at().resolve("B");
  await b;
  const c = cache.get("c");
  cache.delete("a");
  expect(cache.stats().loading).toBe(1);
  at().resolve("C");
  await c;
  expect([await cache.get("b"), await cache.get("c")]).toEqual(["B", "C"]);
  expect(runs).toHaveLength(2);
  void cache.get("d");
  cache.clear();
  expect(cache.stats().loading).toBe(0);
  for (const key of ["b", "c", "d"]) void cache.get(key);
  expect(runs).toHaveLength(6);
});
