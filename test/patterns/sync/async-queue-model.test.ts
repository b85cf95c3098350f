import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AsyncQueue, QueueClosedError } from "yieldpoint";
import { flush } from "../../support/waiting.ts";

type Step =
  | { readonly do: "put" | "get" | "abort"; readonly group: number }
  | { readonly do: "next" | "return"; readonly loop: number }
  | { readonly do: "tryPut" | "tryGet" | "close" };

const LOOPS = 2;

/** What became of each call: undefined while it waits. */
type Outcomes = (string | undefined)[];

interface Caller {
  readonly id: number;
  readonly group?: number;
  readonly loop?: number;
  readonly item?: number;
}

/** What a queue is: items, and two lines. Items are the numbers of the calls that put them. */
class Model {
  readonly outcomes: Outcomes = [];
  readonly #capacity: number;
  #items: number[] = [];
  #producers: Caller[] = [];
  #consumers: Caller[] = [];
  #closed = false;
  readonly #left = new Set<number>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get stats() {
    return {
      size: this.#items.length,
      capacity: this.#capacity,
      producers: this.#producers.length,
      consumers: this.#consumers.length,
      closed: this.#closed,
    };
  }

  take(step: Step): void {
    const id = this.outcomes.push(undefined) - 1;
    const settle = (outcome: string) => (this.outcomes[id] = outcome);
    switch (step.do) {
      case "put":
      case "tryPut":
        if (this.#closed) {
          settle(step.do === "put" ? "closed" : "false");
          break;
        }
        this.#producers.push({ id, item: id, ...("group" in step && { group: step.group }) });
        this.#serve();
        if (step.do === "put") break;
        if (this.outcomes[id] === undefined) {
          settle("false");
          this.#producers.pop();
        } else {
          settle("true");
        }
        break;
      case "get":
      case "tryGet":
      case "next":
        if (step.do === "next" && this.#left.has(step.loop)) {
          settle("done");
          break;
        }
        this.#consumers.push({ id, ...step });
        this.#serve();
        if (step.do === "tryGet" && !this.outcomes[id]?.startsWith("got")) {
          settle("none");
          this.#consumers = this.#consumers.filter((each) => each.id !== id);
        }
        break;
      case "abort":
        settle("-");
        this.#producers = this.#leave(this.#producers, ({ group }) => group === step.group, "aborted");
        this.#consumers = this.#leave(this.#consumers, ({ group }) => group === step.group, "aborted");
        break;
      case "return":
        settle("-");
        this.#left.add(step.loop);
        this.#consumers = this.#leave(this.#consumers, ({ loop }) => loop === step.loop, "done");
        break;
      case "close":
        settle("-");
        this.#closed = true;
        this.#producers = this.#leave(this.#producers, () => true, "closed");
        this.#serve();
    }
  }

  #leave(line: Caller[], leaves: (caller: Caller) => boolean, outcome: string): Caller[] {
    for (const each of line) if (leaves(each)) this.outcomes[each.id] = outcome;
    return line.filter((each) => !leaves(each));
  }

  #serve(): void {
    for (;;) {
      const room = this.#items.length < this.#capacity + (this.#consumers.length > 0 ? 1 : 0);
      const producer = room ? this.#producers.shift() : undefined;
      if (producer) {
        this.#items.push(producer.item as number);
        this.outcomes[producer.id] = "put";
      }
      const item = this.#consumers.length > 0 ? this.#items.shift() : undefined;
      if (item !== undefined) this.outcomes[(this.#consumers.shift() as Caller).id] = `got ${item}`;
      if (!producer && item === undefined) break;
    }
    if (this.#closed && this.#items.length === 0) {
      for (const { id, loop } of this.#consumers) this.outcomes[id] = loop === undefined ? "closed" : "done";
      this.#consumers = [];
    }
  }
}

/** The same calls to a real queue. */
class Real {
  readonly outcomes: Outcomes = [];
  readonly queue: AsyncQueue<number>;
  readonly #loops: AsyncIterableIterator<number, undefined>[];
  readonly #groups = Array.from({ length: 3 }, () => new AbortController());

  constructor(capacity: number) {
    this.queue = new AsyncQueue<number>({ capacity });
    this.#loops = Array.from({ length: LOOPS }, () => this.queue.values());
  }

  take(step: Step): void {
    const id = this.outcomes.push(undefined) - 1;
    const settle = (outcome: string) => (this.outcomes[id] = outcome);
    const fail = (error: unknown) =>
      settle(error instanceof QueueClosedError ? "closed" : error === "aborted" ? "aborted" : String(error));
    const values = "loop" in step ? this.#loops[step.loop] : undefined;
    const signal = "group" in step ? this.#groups[step.group]?.signal : undefined;
    switch (step.do) {
      case "put":
        this.queue.put(id, { signal }).then(() => settle("put"), fail);
        break;
      case "get":
        this.queue.get({ signal }).then((item) => settle(`got ${item}`), fail);
        break;
      case "next":
        values?.next().then(({ value, done }) => settle(done ? "done" : `got ${value}`), fail);
        break;
      case "return":
        settle("-");
        void values?.return?.();
        break;
      case "tryPut":
        settle(String(this.queue.tryPut(id)));
        break;
      case "tryGet": {
        const got = this.queue.tryGet();
        settle(got ? `got ${got.value}` : "none");
        break;
      }
      case "abort": {
        settle("-");
        const controller = this.#groups[step.group];
        this.#groups[step.group] = new AbortController();
        controller?.abort("aborted");
        break;
      }
      case "close":
        settle("-");
        this.queue.close();
    }
  }
}

const group = fc.integer({ min: 0, max: 2 });
const loop = fc.integer({ min: 0, max: LOOPS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constantFrom("put" as const, "get" as const), group }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("tryPut" as const, "tryGet" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("next" as const), loop }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("abort" as const), group }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("return" as const), loop }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const) }) },
);
const capacity = fc.constantFrom(0, 1, 2, 3, Infinity);

test("AsyncQueue does what its model does, one step a turn or several", async () => {
  const one = fc.array(step, { minLength: 1, maxLength: 1 });
  const turns = fc.array(fc.oneof(one, fc.array(step, { maxLength: 8 })), { maxLength: 30 });
  const property = fc.asyncProperty(capacity, turns, async (given, list) => {
    const model = new Model(given);
    const real = new Real(given);
    for (const turn of list) {
      for (const each of turn) {
        model.take(each);
        real.take(each);
        expect(real.queue.stats()).toEqual(model.stats);
      }
      await flush();
      expect(real.outcomes).toEqual(model.outcomes);
    }
    // Closed and drained, nobody is left waiting.
    for (const each of [{ do: "close" as const }, ...list.flat().map(() => ({ do: "tryGet" as const }))]) {
      model.take(each);
      real.take(each);
    }
    await flush();
    expect(real.outcomes).toEqual(model.outcomes);
    expect(real.outcomes).not.toContain(undefined);
    expect(real.queue.stats()).toMatchObject({ size: 0, producers: 0, consumers: 0, closed: true });
    // Each item that was let in came out once.
    const put = real.outcomes.flatMap((outcome, id) =>
      outcome === "put" || outcome === "true" ? [`got ${id}`] : [],
    );
    const got = real.outcomes.filter((outcome) => outcome?.startsWith("got"));
    expect(got).toHaveLength(put.length);
    expect(new Set(got)).toEqual(new Set(put));
  });
  await fc.assert(property, { seed: 30_103, numRuns: 500 });
});
