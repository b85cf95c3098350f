import { onAbort, type AbortSource } from "../core/abort-hub.ts";

/** One who stands in a line until it is told something. */
export interface Place<T, D> {
  readonly source: AbortSource | undefined;
  /** What the line's owner wants to know of it; undefined once it gave up. */
  data: D;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason: unknown) => void;
  leave: (() => void) | undefined;
  /** True once it was served or gave up; the line steps over it. */
  left: boolean;
}

/**
 * Those who wait, first come, first served; whoever gives up is out of it at once. Whoever leaves, at the head or in the middle, is only
 * marked, and the array is tidied once more have left than wait: every step is O(1) on average.
 */
export class Line<T = void, D = undefined> {
  /** How many wait. */
  size = 0;
  #places: (Place<T, D> | undefined)[] = [];
  #head = 0;
  readonly #onFirstLeft: (() => void) | undefined;

  /** @param onFirstLeft called when the first one gives up */
  constructor(onFirstLeft?: () => void) {
    this.#onFirstLeft = onFirstLeft;
  }

  /** Waits for its turn; rejects with the source's reason when aborted before. */
  wait(source: AbortSource | undefined, data: D): Promise<T> {
    return new Promise((resolve, reject) => {
      const place: Place<T, D> = {
        left: false,
        source,
        data,
        resolve,
        reject,
        leave: undefined,
      };
      if (source !== undefined) {
        place.leave = onAbort(source, () => {
          const wasFirst = this.#places[this.#head] === place;
          this.#refuse(place);
          if (wasFirst) this.#onFirstLeft?.();
        });
      }
      this.size++;
      this.#places.push(place);
    });
  }

  /** From here on, it is settled by the caller alone. */
  remove(place: Place<T, D>): void {
    place.left = true;
    place.leave?.();
    this.size--;
    if (this.size && this.#places.length <= 2 * this.size + 64) return;
    this.#places = this.list();
    this.#head = 0;
  }

  /** The one whose turn is next. */
  peek(): Place<T, D> | undefined {
    for (let place = this.#places[this.#head]; place; place = this.#places[this.#head]) {
      // What it waited with is not kept alive.
      if (place.left) this.#places[this.#head++] = undefined;
      else if (!this.#refuse(place)) return place;
    }
    return undefined;
  }

  /** All of them, the next one first. */
  list(): Place<T, D>[] {
    return this.#places.filter((each) => each?.left === false) as Place<T, D>[];
  }

  /** Takes out the first one. */
  next(): Place<T, D> | undefined {
    const place = this.peek();
    if (place) this.remove(place);
    return place;
  }

  /** Takes all out, first to last. */
  empty(tell: (place: Place<T, D>) => void): void {
    for (let place = this.next(); place; place = this.next()) tell(place);
  }

  /** Takes out those whose signal has aborted, and those for whom `leaves` says so. */
  sweep(leaves: (place: Place<T, D>) => boolean): void {
    for (const place of this.list()) if (!this.#refuse(place) && leaves(place)) this.remove(place);
  }

  /** Takes out one whose signal has aborted; it may be about to hear of it, where others hear of it first. */
  #refuse(place: Place<T, D>): boolean {
    const { source } = place;
    if (!source?.aborted) return false;
    this.remove(place);
    // Its place may stay for a while, but what it waited with does not, which the listener holds, too.
    place.data = place.leave = undefined as D & undefined;
    place.reject(source.reason);
    return true;
  }
}
