import { checkCount } from "../core/check.ts";
import { Fifo } from "../core/fifo.ts";
import type { AbortOptions } from "../core/task.ts";
import { checkSource, type ItemStream, type StreamSource } from "./source.ts";
import { makeStream } from "./stream.ts";

/**
 * Reads ahead: while one item is used, the next ones are read already.
 *
 * Nothing is read before the first item is asked for. What was read before the source failed is given before the failure. Leaving
 * the loop early (`break`, `return`, a throw) closes the source (`return()`), and so does an abort.
 *
 * @param source any iterable or async iterable, asked for one item at a time
 * @param size how many items may be read and not used yet; an integer of at least 0, or Infinity. 0 reads nothing ahead
 * @param options `signal`: gives up, closing the source
 * @returns an async iterable, to be read once
 * @throws TypeError for a source that is no iterable; TypeError or RangeError for a `size` that is no integer >= 0. The loop throws
 * the source's failure, and `signal.reason` when aborted
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { buffer, sleep } from "yieldpoint";
 *
 * let read = 0;
 * async function* pages() {
 *   for (const page of ["a", "b", "c", "d"]) { read++; yield page; }
 * }
 * for await (const page of buffer(pages(), 2)) {
 *   await sleep(1); // while "a" is used, "b" and "c" are read
 *   assert.equal(page, "a");
 *   assert.equal(read, 3);
 *   break;
 * }
 * ```
 */
export function buffer<T>(
  source: StreamSource<T>,
  size: number,
  { signal }: AbortOptions = {},
): ItemStream<T> {
  checkSource("buffer: source", source);
  checkCount("buffer: size", size, 0);
  let items = new Fifo<T>();
  return makeStream<T, T>([source], signal, ({ ask }) => ({
    onValue: (value) => items.push(value),
    pull(isWanted) {
      const bound = isWanted ? Math.max(size, 1) : size;
      ask(() => items.size < bound);
    },
    take: () => (items.size > 0 ? { done: false, value: items.shift() } : undefined),
    drop() {
      items = new Fifo();
    },
  }));
}
