import * as fc from "fast-check";
import type { Observed } from "yieldpoint/testing";
import { flush, listeners } from "./waiting.ts";

/** What the signals of a stage abort with. */
export const aborted: Error = new Error("aborted");

/** An abort in the turn in which something happens: before it, or so many microtasks later, when what it grants may not be heard of yet. */
interface Strike {
  readonly pick: number;
  readonly microtasks: number;
}

/** One for each thing that happens, as long as there are some; undefined for none. */
export const strikes: fc.Arbitrary<(Strike | undefined)[]> = fc.array(
  fc.option(fc.record({ pick: fc.nat(), microtasks: fc.integer({ min: 0, max: 6 }) }), { nil: undefined }),
  { maxLength: 12 },
);

/** Makes things happen in an order that the scheduler chooses. */
export class Stage {
  readonly #scheduler: fc.Scheduler;
  readonly #strikes: (Strike | undefined)[];
  readonly #signals: AbortSignal[] = [];
  readonly #aborting: AbortController[] = [];

  constructor(scheduler: fc.Scheduler, given: readonly (Strike | undefined)[] = []) {
    this.#scheduler = scheduler;
    this.#strikes = [...given];
  }

  later(name: string, act: () => void): void {
    void this.pause(name).then(act);
  }

  async pause(name: string): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), name);
    void this.#strike();
  }

  /** A signal that aborts some time, or never. */
  signal(name: string, aborts: boolean): AbortSignal {
    const controller = new AbortController();
    this.#signals.push(controller.signal);
    if (aborts) {
      this.#aborting.push(controller);
      this.later(`abort ${name}`, () => controller.abort(aborted));
    }
    return controller.signal;
  }

  /** Lets everything happen that is to happen. */
  async play(): Promise<void> {
    await this.#scheduler.waitIdle();
    await flush();
    await this.#scheduler.waitIdle();
  }

  /** Where a listener was left behind. */
  get heard(): AbortSignal[] {
    return this.#signals.filter((signal) => listeners(signal) > 0);
  }

  async #strike(): Promise<void> {
    const strike = this.#strikes.shift();
    if (!strike) return;
    const controller = this.#aborting[strike.pick % this.#aborting.length];
    for (let n = 0; n < strike.microtasks; n++) await Promise.resolve();
    controller?.abort(aborted);
  }
}

/** How many of these ended, or did not, in this way. */
export function count(observed: readonly Observed<unknown>[], status: string): number {
  return observed.filter((each) => each.status === status).length;
}
