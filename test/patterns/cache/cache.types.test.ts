import { expectTypeOf, test } from "vitest";
import {
  AsyncCache,
  singleFlight,
  type AbortOptions,
  type AsyncCacheOptions,
  type AsyncCacheStats,
  type CacheEntry,
  type CacheStore,
  type TaskContext,
} from "yieldpoint";

// Checked by the compiler; what runs is only there to be typed.

interface User {
  readonly name: string;
}

/** lru-cache as its version 11 declares it. */
declare class LRUCache<K extends {}, V extends {}, FC = unknown> {
  constructor(options: { max: number });
  get(k: K, getOptions?: { readonly context?: FC; readonly allowStale?: boolean }): V | undefined;
  set(k: K, v: V | undefined, setOptions?: { readonly ttl?: number }): this;
  delete(k: K): boolean;
  clear(): void;
}

test("singleFlight takes the types of its key and its value from the function", () => {
  const find = singleFlight(async (id: number, { signal, attempt }) => ({ id, signal, attempt }));
  expectTypeOf(find).toEqualTypeOf<
    (key: number, options?: AbortOptions) => Promise<{ id: number; signal: AbortSignal; attempt: number }>
  >();
  expectTypeOf(singleFlight((_key: string) => 1)).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf(singleFlight(() => "any key")).toBeCallableWith("a", { signal: undefined });
  // @ts-expect-error the key is a number
  expectTypeOf(() => find("7")).toBeFunction();
});

test("AsyncCache takes the types of its key and its value from the load", () => {
  const cache = new AsyncCache(async (id: number): Promise<User> => ({ name: `user ${id}` }), { ttl: 1 });
  expectTypeOf(cache).toEqualTypeOf<AsyncCache<number, User>>();
  expectTypeOf(cache.get).toEqualTypeOf<(key: number, options?: AbortOptions) => Promise<User>>();
  expectTypeOf(cache.delete).toEqualTypeOf<(key: number) => void>();
  expectTypeOf(cache.clear).toEqualTypeOf<() => void>();
  expectTypeOf(cache.stats()).toEqualTypeOf<AsyncCacheStats>();
  const context = new AsyncCache((_key: string, given) => given, { ttl: 1 });
  expectTypeOf(context.get).returns.resolves.toEqualTypeOf<TaskContext>();
  // @ts-expect-error the key is a number
  expectTypeOf(() => cache.get("7")).toBeFunction();
  // @ts-expect-error there is no ttl that would suit everybody
  expectTypeOf(() => new AsyncCache((key: string) => key, {})).toBeFunction();
});

test("AsyncCache options may be undefined, and onError is given the key", () => {
  const load = (key: string): number => key.length;
  const cache = new AsyncCache(load, { ttl: 1, stale: undefined, storage: undefined, onError: undefined });
  expectTypeOf(cache).toEqualTypeOf<AsyncCache<string, number>>();
  const told = new AsyncCache(load, {
    ttl: 1,
    onError: (error, key) => {
      expectTypeOf(error).toEqualTypeOf<unknown>();
      expectTypeOf(key).toEqualTypeOf<string>();
    },
  });
  expectTypeOf(told).toEqualTypeOf(cache);
  expectTypeOf<AsyncCacheOptions<string, number>["onError"]>().toEqualTypeOf<
    ((error: unknown, key: string) => unknown) | undefined
  >();
});

test("a Map and an lru-cache are storages", () => {
  expectTypeOf<Map<string, CacheEntry<User>>>().toExtend<CacheStore<string, User>>();
  expectTypeOf<LRUCache<string, CacheEntry<User>>>().toExtend<CacheStore<string, User>>();
  const load = async (name: string): Promise<User> => ({ name });
  const make = (storage: LRUCache<string, CacheEntry<User>>) => new AsyncCache(load, { ttl: 1, storage });
  expectTypeOf(make).returns.toEqualTypeOf<AsyncCache<string, User>>();
  const inMap = new AsyncCache(load, { ttl: 1, storage: new Map() });
  expectTypeOf(inMap).toEqualTypeOf<AsyncCache<string, User>>();
  expectTypeOf<Map<string, User>>().not.toExtend<CacheStore<string, User>>();
  expectTypeOf<WeakMap<object, CacheEntry<User>>>().not.toExtend<CacheStore<object, User>>();
});
