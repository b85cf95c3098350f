import { checkCount, checkFunction } from "../core/check.ts";
import { Scope } from "../core/scope.ts";
import { call, type AbortOptions, type TaskContext } from "../core/task.ts";
import { checkSource, type ItemStream, type StreamSource } from "./source.ts";
import { makeStream } from "./stream.ts";

/** How `mapStream` runs its function. */
export interface MapStreamOptions extends AbortOptions {
  /** How many items may be read and their results not used yet; an integer of at least 1, or Infinity. Default: 1. */
  readonly concurrency?: number | undefined;
  /** Gives the results in the order of the items; otherwise as they come. Default: true. */
  readonly ordered?: boolean | undefined;
}

/**
 * Calls a function for each item of a stream, several at once, and gives the results as a stream.
 *
 * Nothing is read before the first result is asked for, and never more than `concurrency` items beyond the results that were used. When
 * the source fails, the results of what was read before are given first. When a call fails, in order the results of the items before it
 * are given first, out of order those that had come; the other calls' signals abort, and the source is closed (`return()`).
 * Leaving the loop early (`break`, `return`, a throw) or an abort does the same. In each case the loop goes on only when the calls that
 * run are over.
 *
 * @param source any iterable or async iterable, asked for one item at a time
 * @param fn called with the item, its index and a context, whose `signal` is this call's own; it should stop when that aborts
 * @param options `concurrency`: how many calls at once, default 1; `ordered`: results in the order of the items, default true;
 * `signal`: gives up, telling the calls and closing the source
 * @returns an async iterable, to be read once
 * @throws TypeError for a source that is no iterable or an `fn` that is no function; TypeError or RangeError for a `concurrency` that is
 * no integer >= 1. The loop throws the failure of the source or of a call, and `signal.reason` when aborted
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mapStream, sleep } from "yieldpoint";
 *
 * const download = async (ms: number) => { await sleep(ms); return `${ms} ms`; };
 * const inOrder: string[] = [];
 * for await (const page of mapStream([30, 5], download, { concurrency: 2 })) inOrder.push(page);
 * assert.deepEqual(inOrder, ["30 ms", "5 ms"]);
 *
 * const asTheyCome: string[] = [];
 * for await (const page of mapStream([30, 5], download, { concurrency: 2, ordered: false })) asTheyCome.push(page);
 * assert.deepEqual(asTheyCome, ["5 ms", "30 ms"]);
 * ```
 */
export function mapStream<T, R>(
  source: StreamSource<T>,
  fn: (item: T, index: number, context: TaskContext) => R | PromiseLike<R>,
  { concurrency = 1, ordered = true, signal }: MapStreamOptions = {},
): ItemStream<R> {
  checkSource("mapStream: source", source);
  checkFunction("mapStream: fn", fn);
  checkCount("mapStream: concurrency", concurrency, 1);
  return mapped(source, fn, concurrency, { ordered, signal });
}

/** One call; its own scope, because one whose result was given must not be told to stop. Aborted, its result is no longer wanted. */
class Call<R> extends Scope {
  result: { readonly value: R } | undefined;
  next: Call<R> | undefined;
}

/** How the calls of a stream run. */
interface MappedOptions extends AbortOptions {
  readonly ordered: boolean;
  /** Reads on although results wait to be used: the bound is for the calls that run. */
  readonly ahead?: boolean;
}

/** Makes a call for each item. */
export function mapped<T, R>(
  source: StreamSource<T>,
  fn: (item: T, index: number, context: TaskContext) => R | PromiseLike<R>,
  concurrency: number,
  { ordered, ahead = false, signal }: MappedOptions,
): ItemStream<R> {
  return makeStream<R, T>([source], signal, ({ ask, advance, fail, leave }) => {
    const running = new Set<Call<R>>();
    // The calls whose results are still to be given, as a chain: in the order of the items, or of the results.
    let first: Call<R> | undefined;
    let last: Call<R>;
    let taken = 0;
    let given = 0;

    const append = (each: Call<R>): void => {
      if (first) last.next = each;
      else first = each;
      last = each;
    };
    /** Drops the results that would have come after this one. */
    const stopAt = (failed: Call<R>, reason: unknown): void => {
      running.delete(failed);
      if (ordered) for (let each = failed.next; each; each = each.next) each.abort(reason);
      else for (const each of running) each.abort(reason);
      // The others were told already, and what has come before is given all the same: an abort would change nothing.
      if (ahead) leave();
      fail(reason);
    };
    const over = (each: Call<R>): void => {
      running.delete(each);
      advance();
    };

    return {
      onValue(item) {
        const each = new Call<R>();
        const index = taken++;
        running.add(each);
        if (ordered) append(each);
        call(() => fn(item, index, each), each).then(
          (value) => {
            each.result = { value };
            if (!ordered && !each.aborted) append(each);
            over(each);
          },
          (reason: unknown) => {
            if (!each.aborted) stopAt(each, reason);
            over(each);
          },
        );
      },
      pull() {
        ask(() => (ahead ? running.size : taken - given) < concurrency);
      },
      take() {
        if (!first?.result) return undefined;
        const { value } = first.result;
        first = first.next;
        given++;
        return { done: false, value };
      },
      drop(reason) {
        for (const each of running) each.abort(reason);
        // One that has failed keeps its place, but is not told.
        for (let each = first; each; each = each.next) if (each.result) each.abort(reason);
        first = undefined;
      },
      busy: () => running.size > 0,
    };
  });
}
