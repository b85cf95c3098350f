import { onAbort, type AbortSource } from "../core/abort-hub.ts";
import { WaiterList, type Waiting } from "../core/waiters.ts";

/** One who stands in a line until it is told something. */
export interface Place<T, D> extends Waiting {
  readonly source: AbortSource | undefined;
  /** What the line's owner wants to know of it. */
  readonly data: D;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason: unknown) => void;
  leave: (() => void) | undefined;
}

/** Those who wait, first come, first served; whoever gives up is out of it at once. */
export class Line<T = void, D = undefined> extends WaiterList<Place<T, D>> {
  readonly #onFirstLeft: (() => void) | undefined;

  /** @param onFirstLeft called when the first one gives up */
  constructor(onFirstLeft?: () => void) {
    super();
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
        place.leave = onAbort(source, (reason) => {
          const wasFirst = super.peek() === place;
          this.remove(place);
          reject(reason);
          if (wasFirst) this.#onFirstLeft?.();
        });
      }
      this.add(place);
    });
  }

  /** From here on, it is settled by the caller alone. */
  override remove(place: Place<T, D>): void {
    super.remove(place);
    place.leave?.();
  }

  override peek(): Place<T, D> | undefined {
    let place = super.peek();
    while (place && this.#refuse(place)) place = super.peek();
    return place;
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

  /** Takes out one that is about to hear of an abort that others hear of first. */
  #refuse(place: Place<T, D>): boolean {
    const { source } = place;
    if (!source?.aborted) return false;
    this.remove(place);
    place.reject(source.reason);
    return true;
  }
}
