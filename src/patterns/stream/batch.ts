import { checkCount, checkNumber } from "../core/check.ts";
import type { AbortOptions } from "../core/task.ts";
import { startTimer } from "../core/timer.ts";
import { checkSource, type ItemStream, type StreamSource } from "./source.ts";
import { makeStream } from "./stream.ts";

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
  checkNumber("batch: within", within);
  return makeStream<T[], T>([source], signal, ({ ask, advance }) => {
    let items: T[] = [];
    /** Whether the time of a batch that is not full is up, or nothing more comes. */
    let isDue = false;
    let disarm: (() => void) | undefined;

    const clear = (): void => {
      disarm?.();
      disarm = undefined;
    };
    const due = (): void => {
      isDue = true;
      advance();
    };
    const drop = (): void => {
      clear();
      items = [];
      isDue = false;
    };

    return {
      onValue: (value) => items.push(value),
      onEnd() {
        clear();
        isDue = true;
      },
      pull() {
        ask(() => items.length < size);
        // The source was asked first: an item that is due with the end of the time is still in time.
        if (items.length === size) clear();
        // Once for a batch, also if nobody has asked for it since.
        else if (items.length > 0) disarm ??= startTimer(within, due);
      },
      take() {
        const value = items;
        if (value.length === 0 || (value.length < size && !isDue)) return undefined;
        drop();
        return { done: false, value };
      },
      drop,
    };
  });
}
