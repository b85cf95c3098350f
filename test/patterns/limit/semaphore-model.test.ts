import * as fc from "fast-check";
import { expect, test } from "vitest";
import { QueueFullError, Semaphore, type Permit } from "yieldpoint";
import { flush } from "../../support/waiting.ts";

type Fate = "waiting" | "holding" | "released" | "aborted" | "cleared" | "too heavy" | "full" | "none free";

interface Caller {
  readonly weight: number;
  readonly priority: number;
  /** Those of one group share a signal. */
  readonly group: number;
}

/** What a semaphore is: a line, and whoever is at its head goes in as soon as he fits. */
class Model {
  readonly fates: Fate[] = [];
  readonly #callers: Caller[] = [];
  #line: number[] = [];
  #permits: number;
  readonly #maxQueue: number;
  #paused = false;

  constructor(permits: number, maxQueue: number) {
    this.#permits = permits;
    this.#maxQueue = maxQueue;
  }

  get stats() {
    const held = this.#callers.reduce(
      (sum, each, id) => sum + (this.#is(id, "holding") ? each.weight : 0),
      0,
    );
    return { permits: this.#permits, held, waiting: this.#line.length };
  }

  acquire(caller: Caller): void {
    const id = this.#callers.push(caller) - 1;
    this.fates[id] = caller.weight > this.#permits ? "too heavy" : "waiting";
    if (this.#is(id, "too heavy")) return;
    const behind = this.#line.findIndex(
      (other) => (this.#callers[other] as Caller).priority < caller.priority,
    );
    this.#line.splice(behind < 0 ? this.#line.length : behind, 0, id);
    this.#serve();
    if (this.#is(id, "waiting") && this.#line.length > this.#maxQueue) this.#leave(id, "full");
  }

  tryAcquire(weight: number): void {
    const id = this.#callers.push({ weight, priority: -Infinity, group: -1 }) - 1;
    this.fates[id] = weight > this.#permits ? "too heavy" : "waiting";
    if (this.#is(id, "too heavy")) return;
    this.#line.push(id);
    this.#serve();
    if (this.#is(id, "waiting")) this.#leave(id, "none free");
  }

  release(id: number): void {
    this.fates[id] = "released";
    this.#serve();
  }

  abort(group: number): void {
    for (const id of this.#line) {
      if (this.#callers[id]?.group === group) this.#leave(id, "aborted");
    }
    this.#serve();
  }

  resize(permits: number): void {
    this.#permits = permits;
    this.#serve();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    this.#serve();
  }

  clear(): void {
    for (const id of this.#line) this.#leave(id, "cleared");
  }

  #is(id: number, fate: Fate): boolean {
    return this.fates[id] === fate;
  }

  #leave(id: number, fate: Fate): void {
    this.#line = this.#line.filter((other) => other !== id);
    this.fates[id] = fate;
  }

  #serve(): void {
    if (this.#paused) return;
    for (const id of this.#line) {
      const { held, permits } = this.stats;
      const { weight } = this.#callers[id] as Caller;
      if (weight > permits) this.#leave(id, "too heavy");
      else if (held + weight <= permits) this.#leave(id, "holding");
      else return;
    }
  }
}

/** The same calls to a real semaphore, and what became of them. */
class Real {
  readonly fates: Fate[] = [];
  readonly semaphore: Semaphore;
  readonly #permits: (Permit | undefined)[] = [];
  readonly #groups = Array.from({ length: 3 }, () => new AbortController());

  constructor(permits: number, maxQueue: number) {
    this.semaphore = new Semaphore(permits, { maxQueue });
  }

  acquire({ weight, priority, group }: Caller): void {
    const id = this.fates.push("waiting") - 1;
    const signal = this.#groups[group]?.signal;
    this.semaphore.acquire({ weight, priority, signal }).then(
      (permit) => {
        this.fates[id] = "holding";
        return (this.#permits[id] = permit);
      },
      (error: unknown) => (this.fates[id] = fateOf(error)),
    );
  }

  tryAcquire(weight: number): void {
    try {
      const id = this.fates.push("none free") - 1;
      this.#permits[id] = this.semaphore.tryAcquire(weight);
      if (this.#permits[id]) this.fates[id] = "holding";
    } catch (error) {
      this.fates[this.fates.length - 1] = fateOf(error);
    }
  }

  release(id: number): void {
    this.#permits[id]?.release();
    this.fates[id] = "released";
  }

  abort(group: number): void {
    const controller = this.#groups[group];
    this.#groups[group] = new AbortController();
    controller?.abort("aborted");
  }

  resize(permits: number): void {
    this.semaphore.resize(permits);
  }

  pause(paused: boolean): void {
    if (paused) this.semaphore.pause();
    else this.semaphore.resume();
  }

  clear(): void {
    this.semaphore.clear("cleared");
  }
}

function fateOf(error: unknown): Fate {
  if (error === "aborted" || error === "cleared") return error;
  if (error instanceof QueueFullError) return "full";
  if (error instanceof RangeError) return "too heavy";
  throw error;
}

type Step =
  | { readonly do: "acquire"; readonly caller: Caller }
  | { readonly do: "tryAcquire"; readonly weight: number }
  | { readonly do: "release" | "release twice"; readonly pick: number }
  | { readonly do: "abort"; readonly group: number }
  | { readonly do: "resize"; readonly permits: number }
  | { readonly do: "pause"; readonly paused: boolean }
  | { readonly do: "clear" };

const permits = fc.integer({ min: 1, max: 5 });
const weight = fc.integer({ min: 1, max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("acquire" as const),
      caller: fc.record({
        weight,
        priority: fc.integer({ min: -1, max: 1 }),
        group: fc.integer({ min: 0, max: 2 }),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("tryAcquire" as const), weight }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("release" as const, "release twice" as const),
      pick: fc.nat(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("abort" as const), group: fc.integer({ min: 0, max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("resize" as const), permits }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pause" as const), paused: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const) }) },
);

/** Takes a step in the model and for real, and says whether there was something to do. */
function take(model: Model, real: Real, taken: Step): void {
  switch (taken.do) {
    case "acquire":
      for (const each of [model, real]) each.acquire(taken.caller);
      break;
    case "tryAcquire":
      for (const each of [model, real]) each.tryAcquire(taken.weight);
      break;
    case "abort":
      for (const each of [model, real]) each.abort(taken.group);
      break;
    case "resize":
      for (const each of [model, real]) each.resize(taken.permits);
      break;
    case "pause":
      for (const each of [model, real]) each.pause(taken.paused);
      break;
    case "clear":
      for (const each of [model, real]) each.clear();
      break;
    case "release":
    case "release twice": {
      // Only he can release who has seen his permit.
      const holders = [...real.fates.keys()].filter((id) => real.fates[id] === "holding");
      const id = holders[taken.pick % holders.length];
      if (id === undefined) return;
      model.release(id);
      real.release(id);
      if (taken.do === "release twice") real.release(id);
    }
  }
}

/** Lets everybody out until nobody waits. */
async function empty(model: Model, real: Real): Promise<void> {
  take(model, real, { do: "pause", paused: false });
  await flush();
  while (real.fates.includes("holding")) {
    take(model, real, { do: "release", pick: 0 });
    await flush();
  }
}

const start = fc.record({ permits, maxQueue: fc.constantFrom(0, 1, 2, Infinity, Infinity) });
const runs = { seed: 20_251, numRuns: 400 };

test("Semaphore does what its model does, step by step", async () => {
  const property = fc.asyncProperty(start, fc.array(step, { maxLength: 40 }), async (given, steps) => {
    const model = new Model(given.permits, given.maxQueue);
    const real = new Real(given.permits, given.maxQueue);
    for (const each of steps) {
      take(model, real, each);
      expect(real.semaphore.stats()).toEqual(model.stats);
      await flush();
      expect(real.fates).toEqual(model.fates);
    }
    await empty(model, real);
    expect(real.fates).toEqual(model.fates);
    expect(real.fates).not.toContain("waiting");
    expect(real.semaphore.stats()).toMatchObject({ held: 0, waiting: 0 });
  });
  await fc.assert(property, runs);
});

test("Semaphore does what its model does when many steps fall into one turn", async () => {
  const turns = fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 8 });
  const property = fc.asyncProperty(start, turns, async (given, steps) => {
    const model = new Model(given.permits, given.maxQueue);
    const real = new Real(given.permits, given.maxQueue);
    for (const turn of steps) {
      for (const each of turn) {
        take(model, real, each);
        expect(real.semaphore.stats()).toEqual(model.stats);
      }
      await flush();
      expect(real.fates).toEqual(model.fates);
    }
    await empty(model, real);
    expect(real.fates).not.toContain("waiting");
    expect(real.semaphore.stats()).toMatchObject({ held: 0, waiting: 0 });
  });
  await fc.assert(property, runs);
});

test("Semaphore never lets more in than its permits, unless a resize has lowered them", async () => {
  const property = fc.asyncProperty(permits, fc.array(step, { maxLength: 60 }), async (most, steps) => {
    const semaphore = new Semaphore(most);
    let running = 0;
    let peak = 0;
    const all = steps.flatMap((each) => {
      if (each.do !== "acquire" || each.caller.weight > most) return [];
      const { weight: taken, priority } = each.caller;
      return semaphore.execute(
        async () => {
          running += taken;
          peak = Math.max(peak, running);
          for (let turn = 0; turn < taken; turn++) await Promise.resolve();
          running -= taken;
        },
        { weight: taken, priority },
      );
    });
    await Promise.all(all);
    expect(peak).toBeLessThanOrEqual(most);
    expect(semaphore.stats()).toEqual({ permits: most, held: 0, waiting: 0 });
  });
  await fc.assert(property, { seed: 20_252, numRuns: 100 });
});
