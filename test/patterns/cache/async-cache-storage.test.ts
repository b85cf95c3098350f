import { describe, expect, test, vi } from "vitest";
import { AsyncCache, type CacheEntry, type CacheStore } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { flush, rejection } from "../../support/waiting.ts";
import { manual } from "./runs.ts";

/** Keeps the keys that were used last, as an lru-cache does. */
class Lru<K, V> implements CacheStore<K, V> {
  readonly #max: number;
  readonly #entries = new Map<K, CacheEntry<V>>();

  constructor(max: number) {
    this.#max = max;
  }

  get(key: K): CacheEntry<V> | undefined {
    const entry = this.#entries.get(key);
    if (entry) this.set(key, entry);
    return entry;
  }

  set(key: K, entry: CacheEntry<V>): this {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#max) this.#entries.delete(oldest as K);
    return this;
  }

  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}

describe("AsyncCache with a storage of the user's own", () => {
  test("keeps plain entries in it: the value, and when it expires on performance.now()", async () => {
    using clock = virtualTime();
    await clock.advance(7);
    const storage = new Map<string, CacheEntry<string>>();
    const cache = new AsyncCache((key: string) => `value of ${key}`, { ttl: 100, storage });
    await cache.get("a");
    expect([...storage]).toStrictEqual([["a", { value: "value of a", expires: 107 }]]);
  });

  test("gives what was put into it", async () => {
    using _clock = virtualTime();
    const load = vi.fn((key: string) => key);
    const storage = new Map([["a", { value: "given", expires: 1 }]]);
    expect(await new AsyncCache(load, { ttl: 100, storage }).get("a")).toBe("given");
    expect(load).not.toHaveBeenCalled();
  });

  test("what has expired stays in it until a load of its key replaces it", async () => {
    using clock = virtualTime();
    const storage = new Map<string, CacheEntry<string>>();
    const { run, at } = manual();
    const cache = new AsyncCache(run, { ttl: 100, storage });
    const first = cache.get("a");
    at().resolve("old");
    await first;
    await clock.advance(1_000);
    const failing = rejection(cache.get("a"));
    at().reject("down");
    expect(await failing).toBe("down");
    expect(storage.get("a")?.value).toBe("old");
    const second = cache.get("a");
    at().resolve("new");
    await second;
    expect([...storage.values()]).toEqual([{ value: "new", expires: 1_100 }]);
  });

  test("one with a limit drops what it will, which is loaded anew when it is asked for", async () => {
    const loads: string[] = [];
    const storage = new Lru<string, string>(2);
    const cache = new AsyncCache((key: string) => (loads.push(key), key), { ttl: 100, storage });
    for (const key of ["a", "b", "a", "c", "a", "b"]) expect(await cache.get(key)).toBe(key);
    expect(loads).toEqual(["a", "b", "c", "b"]);
  });

  test("one that drops everything at once keeps nobody from his value, and loads are still shared", async () => {
    const storage = new Lru<string, string>(0);
    const { run, runs, at } = manual();
    const cache = new AsyncCache(run, { ttl: 100, storage });
    const waiting = [cache.get("a"), cache.get("a")];
    expect(runs).toHaveLength(1);
    at().resolve("value");
    expect(await Promise.all(waiting)).toEqual(["value", "value"]);
    void cache.get("a");
    expect(runs).toHaveLength(2);
  });

  test("more loads than it has room for are neither aborted nor lost", async () => {
    const storage = new Lru<string, string>(1);
    const { run, runs } = manual();
    const cache = new AsyncCache(run, { ttl: 100, storage });
    const waiting = ["a", "b", "c"].map((key) => cache.get(key));
    expect(runs.map(({ context }) => context.signal.aborted)).toEqual([false, false, false]);
    for (const each of runs) each.resolve(each.key);
    expect(await Promise.all(waiting)).toEqual(["a", "b", "c"]);
    expect(runs).toHaveLength(3);
  });

  test("an old value that is dropped while it is reloaded is waited for, in the load that runs", async () => {
    using clock = virtualTime();
    const storage = new Map<string, CacheEntry<string>>();
    const { run, runs, at } = manual();
    const cache = new AsyncCache(run, { ttl: 100, stale: 50, storage });
    const first = cache.get("a");
    at().resolve("old");
    await first;
    await clock.advance(100);
    expect(await cache.get("a")).toBe("old");
    storage.delete("a");
    const waiting = cache.get("a");
    expect(runs).toHaveLength(2);
    at().resolve("new");
    expect(await waiting).toBe("new");
    expect(await cache.get("a")).toBe("new");
  });

  test("its methods are called on it, with the key and the entry alone", async () => {
    using _clock = virtualTime();
    const storage = {
      calls: [] as unknown[],
      get(...given: unknown[]) {
        this.calls.push(["get", ...given]);
        return undefined;
      },
      set(...given: unknown[]) {
        this.calls.push(["set", ...given]);
      },
      delete(...given: unknown[]) {
        this.calls.push(["delete", ...given]);
      },
      clear(...given: unknown[]) {
        this.calls.push(["clear", ...given]);
      },
    };
    const cache = new AsyncCache((key: string) => key, { ttl: 100, storage });
    await cache.get("a");
    cache.delete("a");
    cache.clear();
    expect(storage.calls).toEqual([
      ["get", "a"],
      ["set", "a", { value: "a", expires: 100 }],
      ["delete", "a"],
      ["clear"],
    ]);
  });
});

describe("AsyncCache with a storage that throws", () => {
  const broken = new Error("broken");
  const failing = (name: keyof CacheStore<string, string>): CacheStore<string, string> =>
    Object.assign(new Map<string, CacheEntry<string>>(), {
      [name]: () => {
        throw broken;
      },
    });

  test("in get() rejects, and loads nothing", async () => {
    const { run, runs } = manual();
    expect(await rejection(new AsyncCache(run, { ttl: 1, storage: failing("get") }).get("a"))).toBe(broken);
    expect(runs).toEqual([]);
  });

  test("in set() rejects all who wait, and the next call loads anew", async () => {
    const { run, runs, at } = manual();
    const cache = new AsyncCache(run, { ttl: 1, storage: failing("set") });
    const waiting = Promise.all([cache.get("a"), cache.get("a")].map(rejection));
    at().resolve("value");
    expect(await Promise.race([waiting, flush()])).toEqual([broken, broken]);
    expect(cache.stats().loading).toBe(0);
    void cache.get("a");
    expect(runs).toHaveLength(2);
  });

  test("in delete() and clear() throws, once the loads are forgotten", async () => {
    for (const name of ["delete", "clear"] as const) {
      const { run } = manual();
      const cache = new AsyncCache(run, { ttl: 1, storage: failing(name) });
      void cache.get("a");
      expect(() => cache[name]("a")).toThrow(broken);
      expect(cache.stats().loading).toBe(0);
    }
  });
});
