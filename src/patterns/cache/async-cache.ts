import { checkCallback, checkFunction, checkNumber, optionsOf } from "../core/check.ts";
import { channel, tell } from "../core/diagnostics.ts";
import { sourceOf } from "../core/scope.ts";
import type { AbortOptions, Task, TaskContext } from "../core/task.ts";
import { join, type Flight } from "./flight.ts";

/** What a cache puts into its storage: a plain object, never changed. */
export interface CacheEntry<V> {
  readonly value: V;
  /** When its ttl ends, on the clock of `performance.now()`. */
  readonly expires: number;
}

/**
 * Where a cache keeps its entries: a Map, an lru-cache, or anything else with these methods. It answers at once, not with a promise,
 * and may drop entries at any time.
 */
export interface CacheStore<K, V> {
  get(key: K): CacheEntry<V> | undefined;
  set(key: K, entry: CacheEntry<V>): unknown;
  delete(key: K): unknown;
  clear(): unknown;
}

/** How long values are kept, and where. */
export interface AsyncCacheOptions<K, V> {
  /** How long a value is fresh after its load has ended, in milliseconds. 0 keeps nothing fresh, Infinity keeps it for ever. */
  readonly ttl: number;
  /**
   * For how many milliseconds past its ttl an old value is still given at once, while it is loaded anew behind the caller's back.
   * Default: 0.
   */
  readonly stale?: number | undefined;
  /** Where the entries are kept; one of its own for each cache. Default: a new Map, which has no limit. */
  readonly storage?: CacheStore<K, V> | undefined;
  /**
   * Told of a reload behind an old value that failed. What it throws, or its promise rejects with, is ignored. Default: such a failure is
   * dropped; the old value stays until its time is over.
   */
  readonly onError?: ((error: unknown, key: K) => unknown) | undefined;
}

/** What a cache says of itself; the counts are since it was made. */
export interface AsyncCacheStats {
  /** Calls that were given a fresh value. */
  readonly hits: number;
  /** Calls that were given an old value. */
  readonly stale: number;
  /** Calls that had to wait for a load. */
  readonly misses: number;
  /** Loads that run now and whose value will be stored. */
  readonly loading: number;
}

const caches = /* @__PURE__ */ channel("async-cache");

/**
 * Keeps the results of an async function by key, for a time; all who ask for one key while it is loaded share that load.
 *
 * A fresh value is given at once. One that is up to `stale` milliseconds past its ttl is given at once too, and one reload runs behind
 * it, without the caller's signal; if that fails, the old value stays, and the next call tries again. For anything older the caller
 * waits, if a reload still runs for that one; nobody tells it to stop, so put a `timeout` in a load that may hang. A failure is never
 * stored. A caller that aborts gives up its own wait alone; when all who wait for a load have, its signal aborts and nothing is stored. A
 * load has the AsyncLocalStorage context of the call that started it. One that asks for its own key waits for itself, for ever.
 *
 * There are no timers. What has expired stays in the storage until a load of its key replaces it: where there is no end of keys, give
 * a storage with a limit, such as an lru-cache. An entry that the storage drops is loaded anew when it is asked for.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { AsyncCache } from "yieldpoint";
 *
 * let queries = 0;
 * const users = new AsyncCache(async (id: number) => ({ id, query: ++queries }), { ttl: 60_000, stale: 30_000 });
 * const [a, b] = await Promise.all([users.get(7), users.get(7)]);
 * assert.equal(a, b);
 * assert.equal(await users.get(7), a);
 * users.delete(7); // the user was changed
 * assert.deepEqual(await users.get(7), { id: 7, query: 2 });
 * ```
 */
export class AsyncCache<K, V> {
  readonly #load: (key: K, context: TaskContext) => V | PromiseLike<V>;
  readonly #ttl: number;
  readonly #stale: number;
  readonly #storage: CacheStore<K, V>;
  readonly #onError: ((error: unknown, key: K) => unknown) | undefined;
  readonly #loads: Map<K, Flight<V>> = new Map();
  readonly #counts = { hits: 0, stale: 0, misses: 0 };

  /**
   * @param load called with the key and a context, whose `signal` aborts when all who wait have given up
   * @param options `ttl`: milliseconds for which a value is fresh; `stale`: milliseconds past it in which the old value is given while it
   * is loaded anew, default 0; `storage`: a Map or the like, default a new Map; `onError`: told of reloads that failed
   * @throws TypeError for a `load` or `onError` that is no function, or a storage that lacks a method; TypeError or RangeError for a
   * `ttl` or `stale` that is no number >= 0
   */
  constructor(load: (key: K, context: TaskContext) => V | PromiseLike<V>, options: AsyncCacheOptions<K, V>) {
    const option = optionsOf("AsyncCache", options);
    checkFunction("AsyncCache: load", load);
    this.#load = load;
    this.#ttl = option("ttl", checkNumber);
    this.#stale = option("stale", checkNumber, 0);
    this.#storage = option("storage", checkStore, new Map<K, CacheEntry<V>>());
    this.#onError = option("onError", checkCallback);
  }

  /**
   * Gives the value of a key, loading it where there is none that may still be given.
   *
   * @param key compared as the storage does; loads are shared as by a Map
   * @param options `signal`: gives up
   * @returns the value
   * @throws the failure of the load that it waited for; `signal.reason` when aborted, also where the value is there; what the storage throws
   */
  async get(key: K, options: AbortOptions = {}): Promise<V> {
    sourceOf(options)?.throwIfAborted();
    const entry = this.#storage.get(key);
    if (entry) {
      const late = performance.now() - entry.expires;
      if (late < 0) {
        this.#count("hits");
        return entry.value;
      }
      if (late < this.#stale) {
        this.#count("stale");
        if (!this.#loads.has(key)) {
          this.#wait(key, {})
            .catch((error: unknown) => this.#onError?.(error, key))
            .catch(() => {});
        }
        return entry.value;
      }
    }
    this.#count("misses");
    return this.#wait(key, options);
  }

  /**
   * Forgets the value of a key. A load of it that runs now goes on for those who wait, but its value is not stored, and the next call loads
   * anew.
   *
   * @param key the key
   * @throws what the storage throws
   */
  delete(key: K): void {
    this.#loads.delete(key);
    this.#storage.delete(key);
  }

  /**
   * Forgets the values of all keys, as `delete` does.
   *
   * @throws what the storage throws
   */
  clear(): void {
    this.#loads.clear();
    this.#storage.clear();
  }

  /** How calls were answered so far, and how many loads run. */
  stats(): AsyncCacheStats {
    return { ...this.#counts, loading: this.#loads.size };
  }

  #count(event: "hits" | "stale" | "misses"): void {
    this.#counts[event]++;
    tell(caches, this, event);
  }

  #wait(key: K, options: AbortOptions): Promise<V> {
    const load: Task<V> = (context) => this.#load(key, context);
    const keep = (value: V): void => {
      this.#storage.set(key, { value, expires: performance.now() + this.#ttl });
    };
    return join(this.#loads, key, load, options, keep, () => tell(caches, this, "failures"));
  }
}

function checkStore(what: string, store: { readonly [name in keyof CacheStore<0, 0>]: unknown }): void {
  for (const name of ["get", "set", "delete", "clear"] as const)
    checkFunction(`${what}.${name}`, store[name]);
}
