/** A first-in, first-out list in a circular array: it grows by doubling, and a large one is dropped when it is emptied. */
export class Ring<T> {
  size = 0;
  #slots: (T | undefined)[] = slots();
  #head = 0;

  push(item: T): void {
    if (this.size === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.size++) & (this.#slots.length - 1)] = item;
  }

  /** The n-th oldest one, from 0; undefined where there is none. */
  at(n: number): T | undefined {
    return this.#slots[(this.#head + n) & (this.#slots.length - 1)];
  }

  /** Takes the oldest one; there must be one. */
  shift(): T {
    const item = this.#slots[this.#head] as T;
    // What was taken is not kept alive.
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    if (--this.size === 0 && this.#slots.length > 1_024) {
      this.#slots = slots();
      this.#head = 0;
    }
    return item;
  }

  #grow(): void {
    const { length } = this.#slots;
    this.#slots = [...this.#slots.slice(this.#head), ...this.#slots.slice(0, this.#head)];
    this.#slots.length = 2 * length;
    this.#head = 0;
  }
}

/** As many as there are must be a power of two. */
function slots(): undefined[] {
  return Array.from({ length: 16 });
}
