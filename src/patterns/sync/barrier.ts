import { isRefused } from "../core/abort-hub.ts";
import { checkWhole } from "../core/check.ts";
import { resolved } from "../core/deferred.ts";
import { channel, timed } from "../core/diagnostics.ts";
import type { AbortOptions } from "../core/task.ts";
import { Line } from "./line.ts";

/** What a barrier says of itself. */
export interface BarrierStats {
  /** How many it takes to open. */
  readonly parties: number;
  /** How many have arrived and wait for the others. */
  readonly waiting: number;
}

const barriers = /* @__PURE__ */ channel("barrier");

/**
 * A meeting point: whoever arrives waits until `parties` are there, and then all go on. It closes behind them and can be
 * used again.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Barrier, gather } from "yieldpoint";
 *
 * const barrier = new Barrier(2);
 * const log: string[] = [];
 * const player = (name: string) => async () => {
 *   log.push(`${name} loads`);
 *   await barrier.arrive();
 *   log.push(`${name} plays`);
 * };
 * await gather([player("Ada"), player("Bob")]);
 * assert.deepEqual(log, ["Ada loads", "Bob loads", "Ada plays", "Bob plays"]);
 * ```
 */
export class Barrier {
  readonly #parties: number;
  readonly #line: Line = new Line();

  /**
   * @param parties how many must arrive; an integer of at least 1
   * @throws TypeError or RangeError for `parties` that is no such number
   */
  constructor(parties: number) {
    checkWhole("Barrier: parties", parties);
    this.#parties = parties;
  }

  /**
   * Arrives, and waits for the others. One that gives up does not count: another must arrive in its place.
   *
   * @param options `signal`: gives up the wait
   * @throws `signal.reason` when aborted before all were there, or before the call
   */
  arrive({ signal }: AbortOptions = {}): Promise<void> {
    const isLast = (): boolean => this.#line.size + 1 >= this.#parties;
    // One may stand there still that is about to hear of an abort.
    if (isLast()) this.#line.sweep(() => false);
    // The line refuses whoever has been aborted.
    if (isRefused(signal)) return this.#line.wait(signal, undefined);
    if (!isLast()) return timed(barriers, this, this.#line.wait(signal, undefined));
    this.#line.empty((place) => place.resolve());
    return resolved;
  }

  /** How many it takes, and how many have arrived. */
  stats(): BarrierStats {
    return { parties: this.#parties, waiting: this.#line.size };
  }
}
