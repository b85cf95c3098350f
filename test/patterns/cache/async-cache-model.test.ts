import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AsyncCache, type CacheEntry } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { listeners } from "../../support/waiting.ts";
import { manual } from "./runs.ts";

interface Load {
  readonly key: string;
  readonly callers: Set<number>;
  /** Runs behind an old value. */
  reload: boolean;
  told: unknown;
  end: { readonly ok: boolean; readonly result: string } | undefined;
  over: boolean;
}

/** What a cache is: entries with a time, and for each key at most one load whose value will be one. */
class Model {
  now = 0;
  readonly fates: string[] = [];
  readonly entries = new Map<string, CacheEntry<string>>();
  readonly loads: Load[] = [];
  readonly errors: string[][] = [];
  readonly counts = { hits: 0, stale: 0, misses: 0 };
  readonly #current = new Map<string, Load>();
  readonly #groups: number[] = [];
  readonly #ended: Load[] = [];
  readonly #ttl: number;
  readonly #stale: number;

  constructor(ttl: number, stale: number) {
    this.#ttl = ttl;
    this.#stale = stale;
  }

  get stats() {
    return { ...this.counts, loading: this.#current.size };
  }

  get(key: string, group: number): void {
    const entry = this.entries.get(key);
    const fresh = entry && this.now < entry.expires;
    const old = entry && this.now < entry.expires + this.#stale;
    this.counts[fresh ? "hits" : old ? "stale" : "misses"]++;
    const id = this.fates.push(entry && (fresh || old) ? entry.value : "waiting") - 1;
    this.#groups[id] = group;
    if (fresh || (old && this.#current.has(key))) return;
    const load = this.#current.get(key) ?? this.#start(key);
    if (old) load.reload = true;
    else load.callers.add(id);
  }

  abort(group: number): void {
    for (const load of this.loads) {
      if (load.over) continue;
      const leaving = [...load.callers].filter((id) => this.#groups[id] === group);
      for (const id of leaving) {
        this.fates[id] = `aborted ${group}`;
        load.callers.delete(id);
      }
      if (leaving.length === 0 || load.callers.size > 0 || load.reload) continue;
      load.told = `aborted ${group}`;
      this.#close(load);
    }
  }

  /** Takes effect at the end of the turn. */
  end(index: number, ok: boolean, result: string): void {
    const load = this.loads[index] as Load;
    load.end = { ok, result };
    this.#ended.push(load);
  }

  delete(key: string): void {
    this.entries.delete(key);
    this.#current.delete(key);
  }

  clear(): void {
    this.entries.clear();
    this.#current.clear();
  }

  evict(key: string): void {
    this.entries.delete(key);
  }

  endTurn(): void {
    for (const load of this.#ended.splice(0)) {
      const { key, end, over } = load;
      if (over || !end) continue;
      if (end.ok && this.#current.get(key) === load) {
        this.entries.set(key, { value: end.result, expires: this.now + this.#ttl });
      }
      for (const id of load.callers) this.fates[id] = end.result;
      if (load.reload && !end.ok) this.errors.push([end.result, key]);
      this.#close(load);
    }
  }

  #start(key: string): Load {
    const load: Load = {
      key,
      callers: new Set(),
      reload: false,
      told: undefined,
      end: undefined,
      over: false,
    };
    this.loads.push(load);
    this.#current.set(key, load);
    return load;
  }

  #close(load: Load): void {
    load.over = true;
    if (this.#current.get(load.key) === load) this.#current.delete(load.key);
  }
}

type Step =
  | { readonly do: "get"; readonly key: string; readonly group: number }
  | { readonly do: "abort"; readonly group: number }
  | { readonly do: "value" | "failure"; readonly pick: number }
  | { readonly do: "delete" | "evict"; readonly key: string }
  | { readonly do: "clear" };

// Those of the last group have no signal.
const groups = 2;
const key = fc.constantFrom("a", "b");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("get" as const), key, group: fc.nat(groups) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("abort" as const), group: fc.nat(groups - 1) }) },
  { weight: 9, arbitrary: fc.record({ do: fc.constantFrom("value", "failure"), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("delete", "evict"), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const) }) },
);
const turn = fc.record({
  steps: fc.array(step, { maxLength: 4 }),
  rest: fc.constantFrom(0, 0, 10, 50, 100, 150),
});

/** A cache and its model, and what became of the calls to it. */
class Pair {
  readonly model: Model;
  readonly storage = new Map<string, CacheEntry<string>>();
  readonly loads = manual();
  readonly errors: unknown[][] = [];
  readonly cache: AsyncCache<string, string>;
  readonly fates: string[] = [];
  readonly controllers = Array.from({ length: groups }, () => new AbortController());
  readonly signals = this.controllers.map(({ signal }) => signal);

  constructor(ttl: number, stale: number) {
    this.model = new Model(ttl, stale);
    this.cache = new AsyncCache(this.loads.run, {
      ttl,
      stale,
      storage: this.storage,
      onError: (...given) => this.errors.push(given),
    });
  }

  take(taken: Step): void {
    const { model, cache, storage } = this;
    switch (taken.do) {
      case "get":
        model.get(taken.key, taken.group);
        this.#get(taken.key, this.controllers[taken.group]?.signal);
        break;
      case "abort":
        model.abort(taken.group);
        this.#abort(taken.group);
        break;
      case "delete":
        for (const each of [model, cache]) each.delete(taken.key);
        break;
      case "evict":
        model.evict(taken.key);
        storage.delete(taken.key);
        break;
      case "clear":
        for (const each of [model, cache]) each.clear();
        break;
      case "value":
      case "failure":
        this.#end(taken.pick, taken.do === "value");
    }
  }

  compare(): void {
    const { model, loads } = this;
    expect(this.fates).toEqual(model.fates);
    expect(this.storage).toEqual(model.entries);
    expect(this.cache.stats()).toEqual(model.stats);
    expect(this.errors).toEqual(model.errors);
    expect(loads.runs.map((each) => [each.key, each.context.signal.reason])).toEqual(
      model.loads.map((each) => [each.key, each.told]),
    );
  }

  #get(asked: string, signal: AbortSignal | undefined): void {
    const id = this.fates.push("waiting") - 1;
    this.cache.get(asked, { signal }).then(
      (value) => (this.fates[id] = value),
      (error: unknown) => (this.fates[id] = String(error)),
    );
  }

  #abort(group: number): void {
    const controller = this.controllers[group];
    const next = new AbortController();
    this.controllers[group] = next;
    this.signals.push(next.signal);
    controller?.abort(`aborted ${group}`);
  }

  #end(pick: number, ok: boolean): void {
    const open = [...this.model.loads.keys()].filter((load) => !this.model.loads[load]?.end);
    const index = open[pick % open.length];
    if (index === undefined) return;
    const result = `${ok ? "value" : "failure"} of load ${index}`;
    this.model.end(index, ok, result);
    this.loads.runs[index]?.[ok ? "resolve" : "reject"](result);
  }
}

test("AsyncCache does what its model does, whatever falls into one turn", async () => {
  const ttl = fc.constantFrom(0, 50, 100, 100, Infinity);
  const stale = fc.constantFrom(0, 50, 100, 100, Infinity);
  const schedule = fc.array(turn, { maxLength: 25, size: "max" });
  const seen = { hits: 0, stale: 0, misses: 0, errors: 0 };
  const property = fc.asyncProperty(ttl, stale, schedule, async (fresh, old, turns) => {
    using clock = virtualTime();
    const pair = new Pair(fresh, old);
    for (const { steps, rest } of turns) {
      for (const each of steps) pair.take(each);
      await clock.advance(0);
      pair.model.endTurn();
      pair.compare();
      await clock.advance(rest);
      pair.model.now = clock.now;
    }
    for (const each of pair.loads.runs) each.resolve("the end");
    await clock.advance(0);
    expect(pair.fates).not.toContain("waiting");
    expect(pair.cache.stats().loading).toBe(0);
    expect(pair.signals.map(listeners)).toEqual(pair.signals.map(() => 0));
    expect(clock.pending).toEqual([]);
    for (const name of ["hits", "stale", "misses"] as const) seen[name] += pair.cache.stats()[name];
    seen.errors += pair.errors.length;
  });
  await fc.assert(property, { seed: 20_282, numRuns: 300 });
  // The schedules reach every way in which a call is answered.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(25);
});
