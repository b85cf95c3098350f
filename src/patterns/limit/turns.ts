import type { Task } from "../core/task.ts";

/** What stands in the line, unless it is a task of priority 0. */
export interface Waiting {
  readonly priority: number;
  /** True once it was served or gave up; the line steps over it. */
  left: boolean;
}

type Entry<W> = Task<unknown> | W;

/**
 * Those who wait for their turn, each with what it is given then: higher priority first, and first come, first served within one.
 *
 * A task of priority 0 that cannot give up stands there for itself: two slots of one array are all that it costs. Any other waiter
 * that leaves is only marked, and the array is tidied once more have left than wait: every step is O(1) on average.
 */
export class Turns<W extends Waiting, G> {
  /** How many wait. */
  size = 0;
  // By turns who waits and what gives it its turn.
  #slots: (Entry<W> | G | undefined)[] = [];
  #head = 0;

  add(entry: Entry<W>, give: G): void {
    this.size++;
    const priority = priorityOf(entry);
    let low = this.#slots.length;
    if (low > this.#head && this.#priority(low - 2) < priority) {
      // Before the first that holds a lower priority.
      let high = low - 2;
      low = this.#head;
      while (low < high) {
        const middle = low + (((high - low) >>> 2) << 1);
        if (this.#priority(middle) < priority) high = middle;
        else low = middle + 2;
      }
      this.#slots.splice(low, 0, entry, give);
    } else {
      this.#slots.push(entry, give);
    }
  }

  /** Of the one whose turn is next; there must be one. */
  get priority(): number {
    return priorityOf(this.peek() as Entry<W>);
  }

  /** The one whose turn is next. */
  peek(): Entry<W> | undefined {
    while (this.#head < this.#slots.length) {
      const entry = this.#slots[this.#head] as Entry<W>;
      if (typeof entry === "function" || !entry.left) return entry;
      this.#step();
    }
    return undefined;
  }

  /** Takes out the one that `peek` has given, and gives what it waits for. */
  shift(): G {
    const give = this.#slots[this.#head + 1] as G;
    this.size--;
    this.#step();
    return give;
  }

  remove(waiter: W): void {
    waiter.left = true;
    this.size--;
    const length = this.#slots.length - this.#head;
    if (this.size && length <= 4 * this.size + 128) return;
    // Of each pair the first says whether it stays.
    let stays = false;
    this.#slots = this.#slots.slice(this.#head).filter((slot, index) => {
      if (index % 2 === 0) stays = typeof slot === "function" || !(slot as W).left;
      return stays;
    });
    this.#head = 0;
  }

  #priority(index: number): number {
    return priorityOf(this.#slots[index] as Entry<W>);
  }

  /** Past the first one, which is not kept alive any more. */
  #step(): void {
    const slots = this.#slots;
    slots[this.#head] = slots[this.#head + 1] = undefined;
    this.#head += 2;
    if (this.#head < 1_024 || 2 * this.#head < slots.length) return;
    this.#slots = slots.slice(this.#head);
    this.#head = 0;
  }
}

function priorityOf<W extends Waiting>(entry: Entry<W>): number {
  return typeof entry === "function" ? 0 : entry.priority;
}
