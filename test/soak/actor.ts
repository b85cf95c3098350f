import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import {
  CircuitOpenError,
  QueueClosedError,
  QueueFullError,
  RateLimitError,
  TimeoutError,
  type Task,
} from "yieldpoint";
import type { Random } from "./random.ts";

/** A fault that the soak injects. */
export class Fault extends Error {}

/** The reason of an abort by the soak. */
export class GaveUp extends Error {}

const refusals = [CircuitOpenError, QueueClosedError, QueueFullError, RateLimitError, TimeoutError];

/** How the calls of a load have ended so far. */
export class Tally {
  started = 0;
  fulfilled = 0;
  rejected = 0;
  /** What ended as it never should. */
  readonly wrong: string[] = [];

  get unsettled(): number {
    return this.started - this.fulfilled - this.rejected;
  }

  complain(what: string): void {
    // A load that is wrong is so thousands of times.
    if (this.wrong.length < 5) this.wrong.push(what);
  }
}

/** A worker of a load: makes calls as an application does, with what goes wrong there. */
export class Actor {
  readonly random: Random;
  readonly #tally: Tally;
  readonly #lasting: AbortSignal;

  /** @param lasting a signal that outlives all calls */
  constructor(random: Random, tally: Tally, lasting: AbortSignal) {
    this.random = random;
    this.#tally = tally;
    this.#lasting = lasting;
  }

  /** Makes a call and follows it to its end. Its value is looked at by `isRight`; undefined if it failed as it may. */
  async call<T>(
    start: () => PromiseLike<T>,
    isRight: (value: T) => boolean = () => true,
  ): Promise<T | undefined> {
    this.#tally.started++;
    try {
      const value = await start();
      this.#tally.fulfilled++;
      this.ensure(isRight(value), "a wrong result");
      return value;
    } catch (error) {
      this.#tally.rejected++;
      this.ensure(isExpected(error), `an error that nothing explains: ${textOf(error)}`);
      return undefined;
    }
  }

  ensure(fact: boolean, otherwise: string): void {
    if (!fact) this.#tally.complain(otherwise);
  }

  /** What a caller may hand over: nothing, a signal that stays, one that has aborted, one that will. */
  signal(): AbortSignal | undefined {
    const draw = this.random.next();
    if (draw < 0.25) return undefined;
    if (draw < 0.6) return this.#lasting;
    if (draw < 0.65) return AbortSignal.abort(new GaveUp());
    if (draw < 0.75) return new AbortController().signal;
    return this.leaving();
  }

  /** A signal that aborts within a few milliseconds. */
  leaving(): AbortSignal {
    if (this.random.chance(0.1)) return AbortSignal.timeout(this.random.below(4));
    const controller = new AbortController();
    void this.#delay().then(() => controller.abort(this.random.pick(new GaveUp(), undefined)));
    return controller.signal;
  }

  async #delay(): Promise<void> {
    const draw = this.random.next();
    if (draw < 0.5) return pause(this.random.below(5));
    if (draw < 0.75) await turn();
    else for (let microtasks = this.random.below(6); microtasks > 0; microtasks--) await Promise.resolve();
  }

  /** Work that gives `value` after a while, or fails; that hears of an abort, or is deaf. It always ends. */
  task<T>(value: T, faultRate = 0.15): Task<T> {
    const { random } = this;
    if (random.chance(faultRate)) return this.#faulty(random.below(4));
    const ms = random.below(5);
    switch (random.below(5)) {
      case 0:
        return () => value;
      case 1:
        return async () => value;
      case 2:
        return () => pause(ms, value);
      default:
        return ({ signal }) => pause(ms, value, { signal });
    }
  }

  #faulty(ms: number): Task<never> {
    const fault = this.random.pick(new Fault(), undefined);
    const fail = (): never => {
      throw fault;
    };
    return this.random.pick<Task<never>>(
      fail,
      () => Promise.reject(fault),
      () => pause(ms).then(fail),
      ({ signal }) => pause(ms, undefined, { signal }).then(fail),
    );
  }

  /** Work that ends only once it is told to. */
  hanging(): Task<never> {
    return ({ signal }) =>
      new Promise((_, reject) => {
        const give = (): void => reject(signal.reason);
        if (signal.aborted) give();
        else signal.addEventListener("abort", give, { once: true });
      });
  }

  /** Several tasks, each of whose value is its index. */
  tasks(faultRate?: number): Task<number>[] {
    return Array.from({ length: 1 + this.random.below(6) }, (_, index) => this.task(index, faultRate));
  }
}

function isExpected(error: unknown): boolean {
  if (error === undefined || error instanceof Fault || error instanceof GaveUp) return true;
  if (error instanceof AggregateError) return error.errors.every(isExpected);
  const { name } = error as Error;
  if (error instanceof DOMException) return name === "AbortError" || name === "TimeoutError";
  // That of Node's own timers is no DOMException.
  return name === "AbortError" || refusals.some((refusal) => error instanceof refusal);
}

export function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
