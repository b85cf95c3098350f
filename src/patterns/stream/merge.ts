import { check } from "../core/check.ts";
import { Fifo } from "../core/fifo.ts";
import type { AbortOptions } from "../core/task.ts";
import { checkSource, type ItemStream, type Source, type StreamSource } from "./source.ts";
import { makeStream } from "./stream.ts";

/** What a source gives. */
export type ItemOf<S> =
  S extends AsyncIterable<infer T> ? T : S extends Iterable<infer T> ? Awaited<T> : never;

/**
 * Reads several sources at once and gives their items as they come.
 *
 * Each source is read at most one item ahead, so a quick one does not push the others aside. When one fails, what was read before
 * is given first. Then, or when the loop is left early (`break`, `return`, a throw) or aborted, all sources are closed (`return()`);
 * one that owes an item is not waited for.
 *
 * @param sources any iterable of iterables or async iterables
 * @param options `signal`: gives up, closing the sources
 * @returns an async iterable, to be read once; it ends when all sources have ended
 * @throws TypeError for a source that is no iterable. The loop throws the first source's failure, and `signal.reason` when aborted
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { merge, sleep } from "yieldpoint";
 *
 * async function* every(ms: number, ...names: string[]) {
 *   for (const name of names) { await sleep(ms); yield name; }
 * }
 * const seen: string[] = [];
 * for await (const name of merge([every(50, "slow"), every(5, "a", "b")])) seen.push(name);
 * assert.deepEqual(seen, ["a", "b", "slow"]);
 * ```
 */
export function merge<S extends StreamSource<unknown>>(
  sources: Iterable<S>,
  { signal }: AbortOptions = {},
): ItemStream<ItemOf<S>> {
  check(Symbol.iterator in Object(sources), "merge: sources", "an iterable of sources", sources);
  const all = [...sources];
  for (const [index, source] of all.entries()) checkSource(`merge: source ${index}`, source);
  return makeStream<ItemOf<S>, ItemOf<S>>(all as StreamSource<ItemOf<S>>[], signal, (stream) => {
    /** Those whose last item was given. */
    const ready = new Fifo<Source>();
    for (const source of stream.sources) ready.push(source);
    let items = new Fifo<{ readonly value: ItemOf<S>; readonly source: Source }>();
    return {
      onValue: (value, source) => items.push({ value, source }),
      pull() {
        while (ready.size > 0) ready.shift().ask();
      },
      take() {
        if (items.size === 0) return undefined;
        const { value, source } = items.shift();
        ready.push(source);
        return { done: false, value };
      },
      drop() {
        items = new Fifo();
      },
    };
  });
}
