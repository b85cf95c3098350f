import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CircuitBreaker, consecutive, type CircuitState, type StateChange } from "yieldpoint";
import { deferred, type Deferred } from "../../support/waiting.ts";

const COOLDOWN = 10;

type End = "success" | "failure" | "ignored";
type Own = Exclude<CircuitState, "isolated">;

interface Trial {
  readonly id: number;
  readonly startedAt: number;
}

/** A breaker with `consecutive(n)`, written down as a table of what each event does in each state. */
class Model {
  now = 0;
  readonly changes: StateChange[] = [];
  #own: Own = "closed";
  #isolated = false;
  #row = 0;
  #openedAt = 0;
  /** Half-open: trials that run, those of earlier leases first. */
  #trials: Trial[] = [];
  #leaseStart = 0;
  #inLease = 0;
  #succeeded = 0;
  /** Closed: calls that started since it closed. */
  #calls = new Set<number>();
  readonly #failures: number;
  readonly #probes: number;

  constructor(failures: number, probes: number) {
    this.#failures = failures;
    this.#probes = probes;
  }

  get state(): CircuitState {
    if (this.#isolated) return "isolated";
    return this.#own === "open" && this.now - this.#openedAt >= COOLDOWN ? "half-open" : this.#own;
  }

  start(id: number): boolean {
    if (this.#isolated) return false;
    if (this.#own === "closed") {
      this.#calls.add(id);
      return true;
    }
    if (this.#own === "open") {
      if (this.state === "open") return false;
      this.#go("half-open");
      this.#trials = [];
      this.#succeeded = 0;
      this.#lease();
    } else if (this.#inLease >= this.#probes) {
      if (this.now - this.#leaseStart < COOLDOWN) return false;
      this.#lease();
    }
    this.#inLease++;
    this.#trials.push({ id, startedAt: this.#leaseStart });
    return true;
  }

  end(id: number, end: End): void {
    if (this.#own === "closed" && this.#calls.delete(id)) {
      if (end === "failure" && ++this.#row === this.#failures) this.#open();
      if (end === "success") this.#row = 0;
      return;
    }
    const trial = this.#trials.find((each) => each.id === id);
    if (this.#own !== "half-open" || !trial) return;
    this.#trials = this.#trials.filter((each) => each !== trial);
    if (end === "failure") this.#open();
    if (end === "ignored" && trial.startedAt === this.#leaseStart) this.#inLease--;
    if (end === "success" && ++this.#succeeded === this.#probes) {
      this.#go("closed");
      this.#row = 0;
      this.#calls = new Set();
    }
  }

  isolate(isolated: boolean): void {
    const from = this.#isolated ? "isolated" : this.#own;
    this.#isolated = isolated;
    this.#tell(from);
  }

  #lease(): void {
    this.#leaseStart = this.now;
    this.#inLease = 0;
  }

  #open(): void {
    this.#openedAt = this.now;
    this.#go("open");
  }

  #go(to: Own): void {
    const from = this.#isolated ? "isolated" : this.#own;
    this.#own = to;
    this.#tell(from);
  }

  #tell(from: CircuitState): void {
    const to = this.#isolated ? "isolated" : this.#own;
    if (from !== to) this.changes.push({ from, to });
  }
}

type Step =
  | { readonly do: "start" | "isolate" | "restore" }
  | { readonly do: "end"; readonly pick: number; readonly end: End }
  | { readonly do: "pass"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>({ do: "start" }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("end" as const),
      pick: fc.nat(),
      end: fc.constantFrom<End>("success", "success", "failure", "failure", "ignored"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: "isolate" }, { do: "restore" }) },
);

test("CircuitBreaker does what its model does, step by step", async () => {
  const limits = fc.record({
    failures: fc.integer({ min: 1, max: 3 }),
    probes: fc.integer({ min: 1, max: 3 }),
  });
  const realNow = performance.now;
  const property = fc.asyncProperty(limits, fc.array(step, { maxLength: 60 }), async (given, steps) => {
    const model = new Model(given.failures, given.probes);
    performance.now = () => model.now;
    const changes: StateChange[] = [];
    const breaker = new CircuitBreaker({
      trip: consecutive(given.failures),
      cooldown: COOLDOWN,
      halfOpen: { calls: given.probes },
      isFailure: (outcome) => "error" in outcome && outcome.error === "failure",
      onStateChange: (change) => void changes.push(change),
    });
    const running = new Map<number, Deferred<void>>();
    const admitted: boolean[] = [];
    const expected: boolean[] = [];
    let isolation: Disposable | undefined;
    let calls = 0;
    for (const each of steps) {
      if (each.do === "pass") model.now += each.ms;
      if (each.do === "start") {
        const id = calls++;
        const work = deferred();
        breaker
          .execute(() => {
            running.set(id, work);
            return work.promise;
          })
          .catch(() => {});
        admitted.push(running.has(id));
        expected.push(model.start(id));
      }
      if (each.do === "end" && running.size > 0) {
        const id = [...running.keys()][each.pick % running.size] ?? -1;
        if (each.end === "success") running.get(id)?.resolve();
        else running.get(id)?.reject(each.end);
        running.delete(id);
        model.end(id, each.end);
      }
      if (each.do === "isolate" && !isolation) {
        isolation = breaker.isolate();
        model.isolate(true);
      }
      if (each.do === "restore" && isolation) {
        isolation[Symbol.dispose]();
        isolation = undefined;
        model.isolate(false);
      }
      // A result takes a few microtasks to reach the breaker.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      expect(admitted).toEqual(expected);
      expect(breaker.state).toBe(model.state);
      expect(changes).toEqual(model.changes);
    }
  });
  try {
    await fc.assert(property, { seed: 20_262, numRuns: 1_000 });
  } finally {
    performance.now = realNow;
  }
});
