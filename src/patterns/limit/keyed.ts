import { checkCount, checkFunction, checkNumber, optionsOf } from "../core/check.ts";
import { channel, tell } from "../core/diagnostics.ts";
import { QueueFullError } from "../core/errors.ts";
import { startTimer } from "../core/timer.ts";

/** What can be kept by key: its `stats()` say whether it is in use. Those of every limiter, lock and breaker here do. */
export interface Keyable {
  stats(): KeyableStats;
  /** Whether it lets nobody in until it is resumed: a new one would. */
  readonly paused?: boolean | undefined;
}

/** What makes something in use: anything of these but 0 and false, and a state that is not `"closed"`. */
export interface KeyableStats {
  /** Permits that are held. */
  readonly held?: number | undefined;
  /** Whether a mutex is held. */
  readonly locked?: boolean | undefined;
  /** Readers that hold a lock. */
  readonly readers?: number | undefined;
  /** Whether a writer holds a lock. */
  readonly writing?: boolean | undefined;
  /** Callers that wait. */
  readonly waiting?: number | undefined;
  /** What of a rate limit is spent: a new limiter would grant it once more. */
  readonly used?: number | undefined;
  /** Of a circuit breaker. */
  readonly state?: string | undefined;
}

/** How many keys are kept, and for how long. */
export interface KeyedOptions {
  /** How many keys there may be; an integer of at least 1. Default: Infinity. */
  readonly maxKeys?: number | undefined;
  /**
   * Milliseconds after which a key that was not asked for again is dropped; if it is in use then, it stays as long again. Default:
   * Infinity.
   */
  readonly idle?: number | undefined;
}

/** One limiter or breaker a key. */
export interface Keyed<K, T> {
  /**
   * The one of a key; it is made if there is none.
   *
   * Ask each time, and use what you get in the same turn: what is kept in a variable, not in use, may be dropped here meanwhile.
   *
   * @param key compared as by a Map
   * @returns what `make` has made for it
   * @throws QueueFullError when there are `maxKeys` others and all are in use; whatever `make` throws
   */
  for(key: K): T;
  /** How many keys are kept. */
  stats(): KeyedStats;
}

/** What `keyed` says of itself. */
export interface KeyedStats {
  readonly keys: number;
}

const maps = /* @__PURE__ */ channel("keyed");

/**
 * Gives each key a limiter or breaker of its own, made when it is first asked for: one a user, a host, a tenant.
 *
 * Beyond `maxKeys` the one that was not asked for, or found in use, for the longest makes place, and one that is not asked for in
 * `idle` milliseconds is dropped; never one that is in use: held, waited for, paused, with a rate limit that is partly spent, or a
 * breaker that is not closed. A mutex whose holder waits for a `Condition` is free meanwhile. The one timer for `idle` does not keep the
 * process alive; a leak check sees it as long as keys are kept.
 *
 * @param make called with the key
 * @param options `maxKeys`: how many there may be, default Infinity; `idle`: milliseconds after which one that was not asked
 * for again is dropped, default Infinity
 * @returns asked by `.for(key)`
 * @throws TypeError for a `make` that is no function; TypeError or RangeError for bad options
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { keyed, Semaphore } from "yieldpoint";
 *
 * const perHost = keyed(() => new Semaphore(2), { maxKeys: 1_000, idle: 60_000 });
 * const fetchFrom = (host: string) => perHost.for(host).execute(() => `page of ${host}`);
 * assert.equal(await fetchFrom("a.example"), "page of a.example");
 * assert.equal(perHost.for("a.example"), perHost.for("a.example"));
 * assert.notEqual(perHost.for("a.example"), perHost.for("b.example"));
 * ```
 */
export function keyed<K, T extends Keyable>(make: (key: K) => T, options: KeyedOptions = {}): Keyed<K, T> {
  checkFunction("keyed: make", make);
  const option = optionsOf("keyed", options);
  const maxKeys = option("maxKeys", checkCount, Infinity, 1);
  const idle = option("idle", checkNumber, Infinity);
  // The one that was not used for the longest first.
  const entries = new Map<K, Entry<T>>();
  let armed = false;

  const use = (key: K, entry: Entry<T>): void => {
    entry.at = performance.now();
    const isNew = !entries.delete(key);
    entries.set(key, entry);
    if (isNew) tell(maps, source, "made", { key });
  };

  /** Drops up to so many of those who are not in use and were last used by then; whoever is in use goes to the end. */
  const drop = (most: number, by: number): void => {
    let left = entries.size;
    for (const [key, entry] of entries) {
      if (left-- === 0 || most === 0 || entry.at > by) return;
      if (isBusy(entry.value)) {
        use(key, entry);
      } else {
        entries.delete(key);
        most--;
        tell(maps, source, "dropped", { key });
      }
    }
  };

  const dropIdle = (): void => {
    armed = false;
    drop(Infinity, performance.now() - idle);
    arm();
  };

  const arm = (): void => {
    const [oldest] = entries.values();
    if (armed || !oldest) return;
    armed = true;
    const wait = oldest.at + idle - performance.now();
    startTimer(Math.max(1, Math.ceil(wait)), dropIdle, true);
  };

  const makeRoom = (key: K): void => {
    if (entries.size >= maxKeys) drop(1, Infinity);
    if (entries.size < maxKeys) return;
    tell(maps, source, "rejected", { key });
    throw new QueueFullError(`keyed: all ${maxKeys} keys are in use`);
  };

  const source: Keyed<K, T> = {
    for(key) {
      let entry = entries.get(key);
      if (!entry) {
        makeRoom(key);
        const value = make(key);
        checkFunction("keyed: stats of what make gives", (value as Partial<T> | null | undefined)?.stats);
        // It may have asked for keys itself, this one, too.
        entry = entries.get(key);
        if (!entry) {
          makeRoom(key);
          entry = { value, at: 0 };
        }
      }
      use(key, entry);
      arm();
      return entry.value;
    },
    stats: () => ({ keys: entries.size }),
  };
  return source;
}

interface Entry<T> {
  readonly value: T;
  at: number;
}

function isBusy(value: Keyable): boolean {
  const { held, locked, readers, writing, waiting, used, state = "closed" } = value.stats();
  const paused = value.paused || state !== "closed";
  return Boolean(held || locked || readers || writing || waiting || used || paused);
}
