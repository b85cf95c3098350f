import { Fifo } from "../core/fifo.ts";

/** Counts what was granted, on one clock. */
export interface Meter {
  /** The most that can be granted at once. */
  readonly capacity: number;
  /** What of the capacity cannot be granted now. */
  used(now: number): number;
  /** Grants a cost if it can be granted now. */
  take(cost: number, now: number): boolean;
  /** Milliseconds until the last of these costs can be granted, each after the one before; the first cannot be now. */
  delay(costs: readonly number[], now: number): number;
}

/** What was granted at one time. */
interface Grant {
  readonly at: number;
  cost: number;
}

/** At most `limit` in any window: a log of what was granted in the last `interval` milliseconds. */
export class SlidingWindow implements Meter {
  readonly capacity: number;
  readonly #interval: number;
  #used = 0;
  readonly #log: Fifo<Grant> = new Fifo();

  constructor(limit: number, interval: number) {
    this.capacity = limit;
    this.#interval = interval;
  }

  used(now: number): number {
    // An empty log has nothing that is old.
    while (now - (this.#log.at(0)?.at ?? now) >= this.#interval) this.#used -= this.#log.shift().cost;
    return this.#used;
  }

  take(cost: number, now: number): boolean {
    if (this.used(now) + cost > this.capacity) return false;
    this.#used += cost;
    const last = this.#log.at(this.#log.size - 1);
    if (last?.at === now) last.cost += cost;
    else this.#log.push({ at: now, cost });
    return true;
  }

  delay(costs: readonly number[], now: number): number {
    let used = this.used(now);
    let oldest = 0;
    let at = now;
    const planned: Grant[] = [];
    for (const cost of costs) {
      for (; used + cost > this.capacity; oldest++) {
        const grant = (
          oldest < this.#log.size ? this.#log.at(oldest) : planned[oldest - this.#log.size]
        ) as Grant;
        used -= grant.cost;
        at = grant.at + this.#interval;
      }
      used += cost;
      planned.push({ at, cost });
    }
    return at - now;
  }
}

/** `limit` tokens flow in evenly in each `interval` milliseconds, as long as there are fewer than `capacity`. */
export class TokenBucket implements Meter {
  readonly capacity: number;
  // A token is so many parts that whole milliseconds bring whole parts: they stay exact.
  readonly #parts: number;
  readonly #inflow: number;
  #level: number;
  #at = 0;

  constructor(limit: number, interval: number, burst: number) {
    this.capacity = burst;
    const refills = interval < Infinity;
    this.#parts = refills ? interval : 1;
    this.#inflow = refills ? limit : 0;
    this.#level = burst * this.#parts;
  }

  used(now: number): number {
    this.#flow(now);
    return Math.ceil(this.capacity - this.#level / this.#parts);
  }

  take(cost: number, now: number): boolean {
    this.#flow(now);
    const parts = cost * this.#parts;
    const enough = this.#level >= parts;
    if (enough) this.#level -= parts;
    return enough;
  }

  delay(costs: readonly number[], now: number): number {
    this.#flow(now);
    // It does not run over meanwhile: while somebody waits there is less in it than he needs.
    const parts = costs.reduce((sum, cost) => sum + cost, 0) * this.#parts;
    return (parts - this.#level) / this.#inflow;
  }

  #flow(now: number): void {
    this.#level = Math.min(this.capacity * this.#parts, this.#level + (now - this.#at) * this.#inflow);
    this.#at = now;
  }
}
