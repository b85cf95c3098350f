import { checkCount, checkNumber } from "../core/check.ts";
import type { AbortOptions } from "../core/task.ts";
import { startTimer } from "../core/timer.ts";
import { checkSource, type ItemStream, type StreamSource } from "./source.ts";
import { Stream } from "./stream.ts";

/** How `batch` groups. */
export interface BatchOptions extends AbortOptions {
  /** How many items make a full batch; an integer of at least 1, or Infinity. */
  readonly size: number;
  /** Milliseconds after its first item was read at which a batch is given although it is not full. Default: Infinity. */
  readonly within?: number | undefined;
}

/**
 * Groups items into arrays: full ones, or what has come within a time.
 *
 * While a batch is used the next one is collected, up to its size; nothing is read further. The last batch may be smaller, and what was
 * read before the source failed is given before the failure. Leaving the loop early (`break`, `return`, a throw) closes the
 * source (`return()`), and so does an abort. No timer is left behind.
 *
 * @param source any iterable or async iterable, asked for one item at a time
 * @param options `size`: items in a full batch; `within`: milliseconds from a batch's first item until it is given anyway, default
 * Infinity; `signal`: gives up, closing the source
 * @returns an async iterable of arrays that are never empty, to be read once
 * @throws TypeError for a source that is no iterable; TypeError or RangeError for a `size` that is no integer >= 1 or a `within` that
 * is no number >= 0. The loop throws the source's failure, and `signal.reason` when aborted
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { batch } from "yieldpoint";
 *
 * const rows: number[][] = [];
 * for await (const group of batch([1, 2, 3, 4, 5], { size: 2, within: 1_000 })) rows.push(group);
 * assert.deepEqual(rows, [[1, 2], [3, 4], [5]]);
 * ```
 */
export function batch<T>(
  source: StreamSource<T>,
  { size, within = Infinity, signal }: BatchOptions,
): ItemStream<T[]> {
  checkSource("batch: source", source);
  checkCount("batch: size", size, 1);
  checkNumber("batch: within", within, 0);
  return new Batched(source, size, within, signal);
}

class Batched<T> extends Stream<T[], T> {
  readonly #size: number;
  readonly #within: number;
  #items: T[] = [];
  /** Whether the time of a batch that is not full is up. */
  #isDue = false;
  #disarm: (() => void) | undefined;

  constructor(source: StreamSource<T>, size: number, within: number, signal: AbortSignal | undefined) {
    super([source], signal);
    this.#size = size;
    this.#within = within;
  }

  onItem(value: T): void {
    this.#items.push(value);
    this.advance();
  }

  override onEnd(): void {
    this.#clear();
    super.onEnd();
  }

  override onError(reason: unknown): void {
    this.#clear();
    super.onError(reason);
  }

  protected override pull(): void {
    this.ask(() => this.#items.length < this.#size);
    // The source was asked first: an item that is due with the end of the time is still in time.
    const { length } = this.#items;
    if (length === this.#size) this.#clear();
    else if (length > 0) this.#arm();
  }

  protected override take(): IteratorYieldResult<T[]> | undefined {
    const value = this.#items;
    if (value.length === 0) return undefined;
    if (value.length < this.#size && !this.#isDue && !this.isStopped) return undefined;
    this.drop();
    return { done: false, value };
  }

  protected override drop(): void {
    this.#clear();
    this.#items = [];
    this.#isDue = false;
  }

  #arm(): void {
    // Once for a batch, also if nobody has asked for it since.
    this.#disarm ??= startTimer(this.#within, () => {
      this.#isDue = true;
      this.advance();
    });
  }

  #clear(): void {
    this.#disarm?.();
    this.#disarm = undefined;
  }
}
