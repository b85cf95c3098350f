import { onAbort } from "../core/abort-hub.ts";
import { WaiterList, type Waiting } from "../core/waiters.ts";

/** One who stands in a line until it is told something. */
export interface Place<T, D> extends Waiting {
  readonly signal: AbortSignal | undefined;
  /** What the line's owner wants to know of it. */
  readonly data: D;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason: unknown) => void;
  unlisten: (() => void) | undefined;
}

/** Those who wait, first come, first served; whoever gives up is out of it at once. */
export class Line<T = void, D = undefined> {
  readonly #places: WaiterList<Place<T, D>> = new WaiterList();

  get size(): number {
    return this.#places.size;
  }

  /** Waits for its turn; rejects with the signal's reason when aborted before. */
  wait(signal: AbortSignal | undefined, data: D): Promise<T> {
    return new Promise((resolve, reject) => {
      const place: Place<T, D> = {
        priority: 0,
        left: false,
        signal,
        data,
        resolve,
        reject,
        unlisten: undefined,
      };
      if (signal) {
        place.unlisten = onAbort(signal, (reason) => {
          this.#places.remove(place);
          reject(reason);
        });
      }
      this.#places.add(place);
    });
  }

  /** Takes out the first one: from here on, it is settled by the caller alone. */
  next(): Place<T, D> | undefined {
    for (let place = this.#places.peek(); place; place = this.#places.peek()) {
      if (!this.#refuse(place)) return this.#leave(place);
    }
    return undefined;
  }

  /** Takes all out, first to last. */
  empty(tell: (place: Place<T, D>) => void): void {
    for (let place = this.next(); place; place = this.next()) tell(place);
  }

  /** Takes out those whose signal has aborted, and those for whom `leaves` says so. */
  sweep(leaves: (place: Place<T, D>) => boolean): void {
    for (const place of this.#places.list()) {
      if (!this.#refuse(place) && leaves(place)) this.#leave(place);
    }
  }

  #leave(place: Place<T, D>): Place<T, D> {
    this.#places.remove(place);
    place.unlisten?.();
    return place;
  }

  /** Takes out one that is about to hear of an abort that others hear of first. */
  #refuse(place: Place<T, D>): boolean {
    const { signal } = place;
    if (signal?.aborted) this.#leave(place).reject(signal.reason);
    return signal?.aborted ?? false;
  }
}
