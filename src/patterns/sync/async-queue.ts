import { isRefused } from "../core/abort-hub.ts";
import { checkCount } from "../core/check.ts";
import { resolved } from "../core/deferred.ts";
import { channel, timed } from "../core/diagnostics.ts";
import { QueueClosedError } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import type { AbortOptions } from "../core/task.ts";
import { Line } from "./line.ts";

/** How much a queue holds. */
export interface AsyncQueueOptions {
  /**
   * How many items may lie in it; a producer waits while it is full. An integer of at least 0, where 0 hands each item
   * straight to a consumer. Default: Infinity.
   */
  readonly capacity?: number | undefined;
}

/** What a queue says of itself. */
export interface AsyncQueueStats {
  /** Items that lie in it. */
  readonly size: number;
  /** How many may lie in it. */
  readonly capacity: number;
  /** Producers that wait for a place. */
  readonly producers: number;
  /** Consumers that wait for an item. */
  readonly consumers: number;
  /** Whether it takes nothing more. */
  readonly closed: boolean;
}

const queues = /* @__PURE__ */ channel("async-queue");

/**
 * A queue between those who make items and those who use them; with a capacity, a full one makes producers wait.
 *
 * Each item goes to one consumer: items in the order they were put, consumers in the order they came. One that waited hears of its item a
 * few microtasks after it was put, and so maybe after one that came later and found the next item there. A consumer that leaves its
 * `for await` neither closes the queue nor loses an item: another may go on.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { AsyncQueue } from "yieldpoint";
 *
 * const queue = new AsyncQueue<number>({ capacity: 2 });
 * const producing = (async () => {
 *   for (let n = 1; n <= 5; n++) await queue.put(n); // waits while two lie there
 *   queue.close();
 * })();
 * const squares: number[] = [];
 * for await (const n of queue) squares.push(n * n);
 * await producing;
 * assert.deepEqual(squares, [1, 4, 9, 16, 25]);
 *
 * await assert.rejects(queue.put(6), { code: "ERR_QUEUE_CLOSED" });
 * ```
 */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  // Where an item lies nobody waits for one, and where a producer waits the queue is full.
  readonly #items: Fifo<T> = new Fifo();
  readonly #producers: Line<void, T> = new Line();
  readonly #consumers: Line<T | IteratorResult<T, undefined>, Loop | undefined> = new Line();
  #closed: QueueClosedError | undefined;

  /**
   * @param options `capacity`: how many items may lie in it, default Infinity
   * @throws TypeError or RangeError for a `capacity` that is no integer >= 0 and not Infinity
   */
  constructor({ capacity = Infinity }: AsyncQueueOptions = {}) {
    checkCount("AsyncQueue: capacity", capacity, 0);
    this.#capacity = capacity;
  }

  /**
   * Puts an item in, and waits while the queue is full.
   *
   * @param item anything
   * @param options `signal`: gives up the wait, and the item is not put in
   * @throws `signal.reason` when aborted before the item was taken in; QueueClosedError when the queue is closed before that
   */
  put(item: T, options?: AbortOptions): Promise<void> {
    const signal = options?.signal;
    // The line refuses him.
    if (isRefused(signal)) return this.#producers.wait(signal, item);
    if (this.#closed) return Promise.reject(this.#closed);
    return this.tryPut(item) ? resolved : timed(queues, this, this.#producers.wait(signal, item));
  }

  /**
   * Puts an item in if there is a place for it.
   *
   * @param item anything
   * @returns whether it was taken; false when the queue is full or closed
   */
  tryPut(item: T): boolean {
    if (this.#closed) return false;
    const consumer = this.#consumers.size > 0 ? this.#consumers.next() : undefined;
    if (consumer) {
      // By way of a promise, it is granted now and heard of two microtasks later. By then a producer that goes on at once has
      // put the next item in, and the two need not wait for each other at every single one.
      if (consumer.data) {
        consumer.data.waits--;
        consumer.resolve(resultOf(item));
      } else {
        consumer.resolve(Promise.resolve(item));
      }
      return true;
    }
    if (this.#items.size >= this.#capacity) return false;
    this.#items.push(item);
    return true;
  }

  /**
   * Takes the oldest item out, and waits while there is none.
   *
   * @param options `signal`: gives up the wait
   * @returns the item; one that is a promise is awaited
   * @throws `signal.reason` when aborted before there was an item; QueueClosedError when the queue is closed and empty
   */
  get(options?: AbortOptions): Promise<T> {
    const signal = options?.signal;
    if (isRefused(signal)) return this.#consumers.wait(signal, undefined) as Promise<T>;
    if (this.#hasItem()) return Promise.resolve(this.#items.shift());
    if (this.#closed) return Promise.reject(this.#closed);
    return this.#consumers.wait(signal, undefined) as Promise<T>;
  }

  /**
   * Takes the oldest item out if there is one.
   *
   * @returns the item in an object, since it may be undefined itself; undefined when the queue is empty
   */
  tryGet(): { value: T } | undefined {
    return this.#hasItem() ? { value: this.#items.shift() } : undefined;
  }

  /**
   * Takes nothing more in. Producers that wait are refused; what lies in the queue can still be taken out, and consumers end after
   * that: a `for await` is over, a `get` rejects. Closing again changes nothing.
   *
   * @param reason why; the `cause` of the QueueClosedError that callers get
   */
  close(reason?: unknown): void {
    if (this.#closed) return;
    const error = new QueueClosedError("AsyncQueue: the queue is closed", { cause: reason });
    this.#closed = error;
    this.#producers.empty((producer) => producer.reject(error));
    this.#consumers.empty((consumer) => {
      if (consumer.data) consumer.resolve(end());
      else consumer.reject(error);
    });
  }

  /**
   * Takes items out one by one, until the queue is closed and empty; `for await` over the queue itself does the same without options.
   * An item that is a promise is given as it is, while `get` awaits it.
   *
   * @param options `signal`: gives up the wait for the next item, rejecting with `signal.reason`
   * @returns an iterator. Leaving it ends this one alone: the queue stays open, and what lies in it stays there.
   */
  values({ signal }: AbortOptions = {}): AsyncIterableIterator<T, undefined> {
    const loop: Loop = { waits: 0 };
    let left = false;
    const iterator: AsyncIterableIterator<T, undefined> = {
      next: () => {
        if (left) return end();
        if (!isRefused(signal)) {
          if (this.#hasItem()) return resultOf(this.#items.shift());
          if (this.#closed) return end();
          loop.waits++;
        }
        return this.#consumers.wait(signal, loop) as Promise<IteratorResult<T, undefined>>;
      },
      return: () => {
        left = true;
        // Nobody would see the item that a call of `next` still waits for.
        if (loop.waits > 0) {
          this.#consumers.sweep((consumer) => {
            if (consumer.data === loop) consumer.resolve(end());
            return consumer.data === loop;
          });
        }
        return end();
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return this.values();
  }

  /** What lies in it, and who waits. */
  stats(): AsyncQueueStats {
    return {
      size: this.#items.size,
      capacity: this.#capacity,
      producers: this.#producers.size,
      consumers: this.#consumers.size,
      closed: this.#closed !== undefined,
    };
  }

  /** Lets in the producer whose turn is next, since an item is about to leave, and says whether there is one. */
  #hasItem(): boolean {
    const producer = this.#producers.size > 0 ? this.#producers.next() : undefined;
    if (producer) {
      this.#items.push(producer.data);
      producer.resolve();
    }
    return this.#items.size > 0;
  }
}

/** One iterator over a queue. */
interface Loop {
  /** How many of its calls may wait. */
  waits: number;
}

function resultOf<T>(value: T): Promise<IteratorResult<T, undefined>> {
  return Promise.resolve({ value, done: false });
}

function end(): Promise<IteratorReturnResult<undefined>> {
  return Promise.resolve({ value: undefined, done: true });
}
