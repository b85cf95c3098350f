import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test, vi } from "vitest";
import { AsyncCache } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { thenable } from "../../support/thenable.ts";
import { complaints, flush, rejection } from "../../support/waiting.ts";
import { manual } from "./runs.ts";

/** A load that counts its calls, and gives their number. */
function counting() {
  const keys: unknown[] = [];
  return { keys, load: (key: unknown): Promise<number> => Promise.resolve(keys.push(key)) };
}

describe("AsyncCache", () => {
  test("loads a value once, and gives that very value again until its ttl ends", async () => {
    using clock = virtualTime();
    const { run, runs, at } = manual<object>();
    const cache = new AsyncCache(run, { ttl: 100 });
    const first = cache.get("a");
    expect(at().key).toBe("a");
    const value = {};
    at().resolve(value);
    expect(await first).toBe(value);
    expect(await cache.get("a")).toBe(value);
    await clock.advance(99);
    expect(await cache.get("a")).toBe(value);
    expect(runs).toHaveLength(1);
    await clock.advance(1);
    const second = cache.get("a");
    expect(runs).toHaveLength(2);
    at().resolve({});
    expect(await second).not.toBe(value);
    expect(clock.pending).toEqual([]);
  });

  test("a ttl starts when the load has ended, however long it took", async () => {
    using clock = virtualTime();
    const { run, runs, at } = manual();
    const cache = new AsyncCache(run, { ttl: 100 });
    const waiting = cache.get("a");
    await clock.advance(1_000);
    const late = cache.get("a");
    expect(runs).toHaveLength(1);
    at().resolve("value");
    expect(await Promise.all([waiting, late])).toEqual(["value", "value"]);
    await clock.advance(99);
    expect(await cache.get("a")).toBe("value");
    expect(runs).toHaveLength(1);
  });

  test("being read does not make a value live longer", async () => {
    using clock = virtualTime();
    const { keys, load } = counting();
    const cache = new AsyncCache(load, { ttl: 100 });
    const seen: number[] = [];
    for (let time = 0; time <= 200; time += 50) {
      seen.push(await cache.get("a"));
      await clock.advance(50);
    }
    expect(seen).toEqual([1, 1, 2, 2, 3]);
    expect(keys).toHaveLength(3);
  });

  test("a ttl of Infinity never ends", async () => {
    using clock = virtualTime();
    const cache = new AsyncCache(counting().load, { ttl: Infinity });
    await cache.get("a");
    await clock.advance(2 ** 40);
    expect(await cache.get("a")).toBe(1);
  });

  test("a ttl of more than 2^31-1 ms ends when it should", async () => {
    using clock = virtualTime();
    const cache = new AsyncCache(counting().load, { ttl: 2 ** 31 });
    await cache.get("a");
    await clock.advance(2 ** 31 - 1);
    expect(await cache.get("a")).toBe(1);
    await clock.advance(1);
    expect(await cache.get("a")).toBe(2);
  });

  test("a ttl of 0 keeps nothing, and only shares what runs", async () => {
    using _clock = virtualTime();
    const cache = new AsyncCache(counting().load, { ttl: 0 });
    expect(await Promise.all([cache.get("a"), cache.get("a")])).toEqual([1, 1]);
    expect(await cache.get("a")).toBe(2);
  });

  test("a change of the wall clock neither ends a ttl nor prolongs it", async () => {
    using clock = virtualTime();
    const cache = new AsyncCache(counting().load, { ttl: 100 });
    await cache.get("a");
    const wall = vi.spyOn(Date, "now");
    for (const now of [0, Number.MAX_SAFE_INTEGER]) {
      wall.mockReturnValue(now);
      expect(await cache.get("a")).toBe(1);
    }
    wall.mockReturnValue(0);
    await clock.advance(100);
    expect(await cache.get("a")).toBe(2);
  });

  test.each([undefined, null, 0, "", false, NaN])("keeps the value %s", async (value) => {
    let loads = 0;
    const cache = new AsyncCache(() => (loads++, value), { ttl: 100 });
    expect(await cache.get("a")).toBe(value);
    expect(await cache.get("a")).toBe(value);
    expect(loads).toBe(1);
  });

  test("keeps what a thenable gives, not the thenable", async () => {
    const storage = new Map();
    const load = () => thenable<string>((resolve) => resolve("value"));
    const cache = new AsyncCache(load, { ttl: 100, storage });
    expect(await cache.get("a")).toBe("value");
    expect(storage.get("a")).toMatchObject({ value: "value" });
  });

  test("callers of one key share the load, those of others have their own", async () => {
    const { run, runs, at } = manual();
    const cache = new AsyncCache(run, { ttl: 100 });
    const waiting = ["a", "b", "a"].map((key) => cache.get(key));
    expect(runs.map(({ key }) => key)).toEqual(["a", "b"]);
    at(0).resolve("A");
    at(1).resolve("B");
    expect(await Promise.all(waiting)).toEqual(["A", "B", "A"]);
    expect([await cache.get("a"), await cache.get("b")]).toEqual(["A", "B"]);
    expect(runs).toHaveLength(2);
  });

  test("compares keys as a Map does: objects by identity, NaN with itself, numbers never with strings", async () => {
    const { keys, load } = counting();
    const cache = new AsyncCache(load, { ttl: 100 });
    const key = { id: 1 };
    for (const each of [key, key, { id: 1 }, NaN, NaN, 1, "1", undefined, undefined, null])
      await cache.get(each);
    expect(keys).toEqual([key, { id: 1 }, NaN, 1, "1", undefined, null]);
    const shared = { keys: [] as unknown[] };
    const busy = new AsyncCache((each: unknown) => (shared.keys.push(each), flush()), { ttl: 100 });
    await Promise.all([key, key, { id: 1 }, 1, "1"].map((each) => busy.get(each)));
    expect(shared.keys).toEqual([key, { id: 1 }, 1, "1"]);
  });

  test("a load has the AsyncLocalStorage context of the call that started it, each caller keeps its own", async () => {
    const store = new AsyncLocalStorage<string>();
    const cache = new AsyncCache(async () => (await flush(), store.getStore()), { ttl: 100 });
    const ask = async () => [await cache.get("a"), store.getStore()];
    const both = await Promise.all([store.run("first", ask), store.run("second", ask)]);
    expect(both).toEqual([
      ["first", "first"],
      ["first", "second"],
    ]);
  });

  test("the load starts before get() returns, as its first attempt", () => {
    const { run, at } = manual();
    void new AsyncCache(run, { ttl: 100 }).get("a");
    expect(at().context.attempt).toBe(1);
    expect(at().context.signal.aborted).toBe(false);
  });
});

describe("AsyncCache when a load fails", () => {
  test.each([new Error("down"), undefined, null, 0])(
    "%s reaches those who wait, and is not kept",
    async (error) => {
      const { run, runs, at } = manual();
      const storage = new Map();
      const cache = new AsyncCache(run, { ttl: 100, storage });
      const waiting = [cache.get("a"), cache.get("a")].map(rejection);
      at().reject(error);
      expect(await Promise.all(waiting)).toEqual([error, error]);
      expect(storage.size).toBe(0);
      const next = cache.get("a");
      expect(runs).toHaveLength(2);
      at().resolve("up again");
      expect(await next).toBe("up again");
      expect(await cache.get("a")).toBe("up again");
    },
  );

  test("a sync throw is a rejection", async () => {
    const cache = new AsyncCache(
      (): string => {
        throw undefined;
      },
      { ttl: 100 },
    );
    expect(await rejection(cache.get("a"))).toBeUndefined();
    expect(cache.stats().loading).toBe(0);
  });

  test("onError is not told of what a caller has been told of", async () => {
    const onError = vi.fn();
    const cache = new AsyncCache(() => Promise.reject("down"), { ttl: 100, onError });
    expect(await rejection(cache.get("a"))).toBe("down");
    await flush();
    expect(onError).not.toHaveBeenCalled();
  });

  test("leaves no rejection unhandled", async () => {
    const found = await complaints(async () => {
      const cache = new AsyncCache(() => Promise.reject("down"), { ttl: 100 });
      await Promise.all([rejection(cache.get("a")), rejection(cache.get("a"))]);
    });
    expect(found).toEqual([]);
  });
});

test("AsyncCache.stats() counts hits, old values and misses, and the loads that run", async () => {
  using clock = virtualTime();
  const { run, at } = manual();
  const cache = new AsyncCache(run, { ttl: 100, stale: 100 });
  expect(cache.stats()).toEqual({ hits: 0, stale: 0, misses: 0, loading: 0 });
  const waiting = [cache.get("a"), cache.get("a"), cache.get("b")];
  expect(cache.stats()).toEqual({ hits: 0, stale: 0, misses: 3, loading: 2 });
  at(0).resolve("A");
  at(1).resolve("B");
  await Promise.all(waiting);
  for (let call = 0; call < 4; call++) await cache.get("a");
  expect(cache.stats()).toEqual({ hits: 4, stale: 0, misses: 3, loading: 0 });
  await clock.advance(100);
  for (const key of ["a", "a", "b"]) await cache.get(key);
  expect(cache.stats()).toEqual({ hits: 4, stale: 3, misses: 3, loading: 2 });
  await rejection(cache.get("a", { signal: AbortSignal.abort("before") }));
  expect(cache.stats()).toEqual({ hits: 4, stale: 3, misses: 3, loading: 2 });
});

describe("new AsyncCache()", () => {
  const make = (...given: unknown[]) => Reflect.construct(AsyncCache, given) as unknown;
  const load = () => "value";

  test.each([
    [undefined, "load must be a function, got undefined"],
    ["load", 'load must be a function, got "load"'],
  ])("refuses %s for a load", (given, message) => {
    expect(() => make(given, { ttl: 1 })).toThrow(new TypeError(`AsyncCache: ${message}`));
  });

  test.each([-1, NaN])("refuses a ttl or stale of %d", (ms) => {
    const rule = `must be a number >= 0, got ${ms}`;
    expect(() => make(load, { ttl: ms })).toThrow(new RangeError(`AsyncCache: ttl ${rule}`));
    expect(() => make(load, { ttl: 1, stale: ms })).toThrow(new RangeError(`AsyncCache: stale ${rule}`));
  });

  test("refuses to be without a ttl, and other kinds of ttl and stale", () => {
    expect(() => make(load, {})).toThrow(
      new TypeError("AsyncCache: ttl must be a number >= 0, got undefined"),
    );
    expect(() => make(load, { ttl: "1m" })).toThrow(
      new TypeError('AsyncCache: ttl must be a number >= 0, got "1m"'),
    );
    expect(() => make(load, { ttl: 1, stale: null })).toThrow(
      new TypeError("AsyncCache: stale must be a number >= 0, got null"),
    );
  });

  test.each(["get", "set", "delete", "clear"])("refuses a storage without %s", (name) => {
    const storage = { get: load, set: load, delete: load, clear: load, [name]: undefined };
    expect(() => make(load, { ttl: 1, storage })).toThrow(
      new TypeError(`AsyncCache: storage.${name} must be a function, got undefined`),
    );
  });

  test("refuses an onError that is no function", () => {
    expect(() => make(load, { ttl: 1, onError: null })).toThrow(
      new TypeError("AsyncCache: onError must be a function, got null"),
    );
  });

  test("takes undefined for what has a default", async () => {
    const given = { ttl: 1, stale: undefined, storage: undefined, onError: undefined };
    expect(await new AsyncCache(load, given).get("a", { signal: undefined })).toBe("value");
  });
});
