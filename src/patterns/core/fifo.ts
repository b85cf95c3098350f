/** A first-in, first-out list. The array is tidied once more were taken out than are in it: every step is O(1) on average. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The n-th oldest one, from 0; undefined where there is none. */
  at(n: number): T | undefined {
    return this.#items[this.#head + n];
  }

  /** Takes the oldest one; there must be one. */
  shift(): T {
    const items = this.#items;
    const item = items[this.#head] as T;
    // What was taken is not kept alive.
    items[this.#head++] = undefined;
    if (this.#head >= 1_024 && 2 * this.#head >= items.length) {
      this.#items = items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
