import * as fc from "fast-check";
import { expect } from "vitest";
import type { Permit } from "yieldpoint";
import { flush } from "../../support/waiting.ts";

/** How a caller asks for a lock; those of one group share a signal. */
export interface Request<K> {
  readonly kind: K;
  readonly priority: number;
  readonly group: number;
}

export type Step<K> =
  | { readonly do: "ask"; readonly request: Request<K> }
  | { readonly do: "release" | "release twice"; readonly pick: number }
  | { readonly do: "abort"; readonly group: number };

type Fate = "waiting" | "holding" | "released" | "aborted";

/** A lock is a line; whoever is at its head goes in as soon as he gets on with those inside. */
class Model<K> {
  readonly fates: Fate[] = [];
  readonly #requests: Request<K>[] = [];
  readonly #getOn: (inside: readonly K[], next: K) => boolean;
  #line: number[] = [];

  constructor(getOn: (inside: readonly K[], next: K) => boolean) {
    this.#getOn = getOn;
  }

  get inside(): K[] {
    return this.#requests.flatMap(({ kind }, id) => (this.fates[id] === "holding" ? [kind] : []));
  }

  get waiting(): number {
    return this.#line.length;
  }

  ask(request: Request<K>): void {
    const id = this.#requests.push(request) - 1;
    this.fates[id] = "waiting";
    const behind = this.#line.findIndex((other) => this.#of(other).priority < request.priority);
    this.#line.splice(behind < 0 ? this.#line.length : behind, 0, id);
    this.#serve();
  }

  release(id: number): void {
    this.fates[id] = "released";
    this.#serve();
  }

  abort(group: number): void {
    for (const id of this.#line) if (this.#of(id).group === group) this.fates[id] = "aborted";
    this.#line = this.#line.filter((id) => this.fates[id] === "waiting");
    this.#serve();
  }

  #of(id: number): Request<K> {
    return this.#requests[id] as Request<K>;
  }

  #serve(): void {
    for (
      let id = this.#line[0];
      id !== undefined && this.#getOn(this.inside, this.#of(id).kind);
      id = this.#line[0]
    ) {
      this.fates[id] = "holding";
      this.#line.shift();
    }
  }
}

/** A lock as the tests use it. */
export interface Lock<K> {
  readonly ask: (request: Request<K>, signal: AbortSignal) => Promise<Permit>;
  /** What it says of itself, as it must be for those inside and those who wait. */
  readonly stats: () => unknown;
  readonly expected: (inside: readonly K[], waiting: number) => unknown;
}

/** Runs turns of steps against the lock and its model, and compares them after each. */
export async function followModel<K>(
  lock: Lock<K>,
  getOn: (inside: readonly K[], next: K) => boolean,
  turns: readonly (readonly Step<K>[])[],
): Promise<void> {
  const model = new Model<K>(getOn);
  const fates: Fate[] = [];
  const permits: (Permit | undefined)[] = [];
  const groups = Array.from({ length: 3 }, () => new AbortController());

  const ask = (request: Request<K>): void => {
    model.ask(request);
    const id = fates.push("waiting") - 1;
    lock.ask(request, (groups[request.group] as AbortController).signal).then(
      (permit) => {
        fates[id] = "holding";
        return (permits[id] = permit);
      },
      (error: unknown) => {
        if (error !== "aborted") throw error;
        fates[id] = "aborted";
      },
    );
  };
  const release = (pick: number, times: number): void => {
    // Only he can release who has seen his permit.
    const holders = [...fates.keys()].filter((id) => fates[id] === "holding");
    const id = holders[pick % holders.length];
    if (id === undefined) return;
    fates[id] = "released";
    model.release(id);
    for (let n = 0; n < times; n++) permits[id]?.release();
  };
  const abort = (group: number): void => {
    const controller = groups[group];
    groups[group] = new AbortController();
    model.abort(group);
    controller?.abort("aborted");
  };

  for (const turn of turns) {
    for (const step of turn) {
      if (step.do === "ask") ask(step.request);
      else if (step.do === "abort") abort(step.group);
      else release(step.pick, step.do === "release" ? 1 : 2);
      expect(lock.stats()).toEqual(lock.expected(model.inside, model.waiting));
    }
    await flush();
    expect(fates).toEqual(model.fates);
  }
  while (fates.includes("holding")) {
    release(0, 1);
    await flush();
    expect(fates).toEqual(model.fates);
  }
  expect(fates).not.toContain("waiting");
  expect(lock.stats()).toEqual(lock.expected([], 0));
}

/** Random turns, of one step or of several. */
export function turnsOf<K>(kind: fc.Arbitrary<K>, priority: fc.Arbitrary<number>): fc.Arbitrary<Step<K>[][]> {
  const group = fc.integer({ min: 0, max: 2 });
  const step: fc.Arbitrary<Step<K>> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("ask" as const),
        request: fc.record({ kind, priority, group }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom("release" as const, "release twice" as const),
        pick: fc.nat(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("abort" as const), group }) },
  );
  const one = fc.array(step, { minLength: 1, maxLength: 1 });
  const several = fc.array(step, { maxLength: 8 });
  return fc.array(fc.oneof(one, several), { maxLength: 30 });
}
