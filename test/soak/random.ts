/** The decisions of one worker: the same ones for the same seed (the generator is mulberry32). */
export class Random {
  #state: number;

  /** @param path which worker's decisions: those of two paths have nothing to do with each other */
  constructor(seed: number, ...path: readonly number[]) {
    this.#state = path.reduce((state, step) => Math.imul(state ^ (step + 1), 0x9e3779b1), seed | 0);
  }

  /** At least 0 and below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer of at least 0 and below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(...items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] as T;
  }
}
