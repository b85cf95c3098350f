/** What stands in a list. */
export interface Waiting {
  /** True once it was served or gave up; the list steps over it. */
  left: boolean;
}

/**
 * Those who wait, first come, first served. Whoever leaves, at the head or in the middle, is only marked, and the array is tidied once
 * more have left than wait: every step is O(1) on average.
 */
export class WaiterList<W extends Waiting> {
  /** How many wait. */
  size = 0;
  #items: W[] = [];
  #head = 0;

  add(waiter: W): void {
    this.size++;
    this.#items.push(waiter);
  }

  /** The one whose turn is next. */
  peek(): W | undefined {
    while (this.#items[this.#head]?.left) this.#head++;
    return this.#items[this.#head];
  }

  /** All of them, the next one first. */
  list(): W[] {
    return this.#items.slice(this.#head).filter((each) => !each.left);
  }

  remove(waiter: W): void {
    waiter.left = true;
    this.size--;
    if (!this.size || this.#items.length > 2 * this.size + 64) {
      this.#items = this.#items.filter((each) => !each.left);
      this.#head = 0;
    }
  }
}
