import { checkSignal, onAbort } from "../core/abort-hub.ts";
import { check, checkCount, checkFunction } from "../core/check.ts";
import { Scope } from "../core/scope.ts";
import { call, type AbortOptions, type TaskContext } from "../core/task.ts";

/** How `mapConcurrent` runs its mapper. */
export interface MapOptions extends AbortOptions {
  /** How many calls may run at once; an integer of at least 1. Default: Infinity. */
  readonly concurrency?: number | undefined;
}

/**
 * Calls a function for each item, several at once, and gives the results in the order of the items.
 *
 * An item is taken from its source only when its call can start. At the first failure the other calls' signals abort with that
 * error, no further item is taken and the source is closed (`return()`); the promise rejects once that and the calls that run are over.
 * An abort does the same.
 *
 * @param items any iterable or async iterable; an async one is asked for one item at a time
 * @param mapper called with the item, its index and a context, whose `signal` all calls share; it should stop when that aborts
 * @param options `concurrency`: how many calls may run at once, default Infinity; `signal`: gives up, telling all calls
 * @returns the results, in the order of the items
 * @throws the first failure of the mapper or the source; `signal.reason` when aborted; TypeError for a mapper that is no function
 * or items that are no iterable; TypeError or RangeError for a `concurrency` that is no integer >= 1
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mapConcurrent, sleep } from "yieldpoint";
 *
 * let running = 0;
 * let most = 0;
 * const lengths = await mapConcurrent(["a", "bb", "ccc"], async (word, index, { signal }) => {
 *   most = Math.max(most, ++running);
 *   await sleep(3 - index, { signal });
 *   running--;
 *   return word.length;
 * }, { concurrency: 2 });
 * assert.deepEqual(lengths, [1, 2, 3]);
 * assert.equal(most, 2);
 * ```
 */
export function mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  mapper: (item: T, index: number, context: TaskContext) => R | PromiseLike<R>,
  { concurrency = Infinity, signal }: MapOptions = {},
): Promise<R[]> {
  return new Promise((resolve, reject) => {
    const async = Symbol.asyncIterator in Object(items);
    check(
      async || Symbol.iterator in Object(items),
      "mapConcurrent: items",
      "an iterable or an async iterable",
      items,
    );
    checkFunction("mapConcurrent: mapper", mapper);
    checkCount("mapConcurrent: concurrency", concurrency, 1);
    checkSignal(signal)?.throwIfAborted();

    const source = async
      ? (items as AsyncIterable<T>)[Symbol.asyncIterator]()
      : (items as Iterable<T>)[Symbol.iterator]();
    // An array's own iterator does no more than count; counting here saves its steps.
    const array =
      Array.isArray(items) && items[Symbol.iterator] === Array.prototype[Symbol.iterator] ? items : undefined;
    const scope = new Scope();
    const results: R[] = [];
    // Made long at once, it is not copied as it grows.
    if (array) results.length = array.length;
    let failure: { readonly reason: unknown } | undefined;
    let taken = 0;
    /** Calls that run, and the closing of the source. */
    let running = 0;
    /** No further item is taken. */
    let over = false;
    /** The source has neither ended nor failed. */
    let open = false;
    /** An async source owes an item. */
    let asking = false;
    let wake = (): void => {};

    const fail = (reason: unknown): void => {
      if (failure) return;
      failure = { reason };
      over = true;
      if (open) close();
      scope.abort(reason);
    };
    const close = (): void => {
      open = false;
      const closed = call(() => source.return?.(), scope);
      // A generator closes only after the item that it owes, which may never come.
      if (asking) {
        closed.catch(() => {});
        return;
      }
      running++;
      closed.then(end, end);
    };
    const end = (): void => {
      running--;
      settle();
      wake();
    };
    const settle = (): void => {
      if (!over || running > 0) return;
      leave();
      // The array may have become shorter on the way.
      results.length = taken;
      if (failure) reject(failure.reason);
      else resolve(results);
    };
    const leave = onAbort(signal, (reason) => {
      fail(reason);
      settle();
    });

    let item: T;
    /** Takes the next item, if there is one and it is wanted. */
    const take = (): boolean => {
      if (array) {
        item = array[taken] as T;
        return taken < array.length;
      }
      open = false;
      const step = (source as Iterator<T>).next();
      if (step.done) return false;
      open = true;
      item = step.value;
      // Taking it may have aborted the caller's signal.
      if (over) close();
      return !over;
    };
    /** Makes one call after the other. Reactions that are the same for all of them cost less than to await each. */
    const work = (): void => {
      let index: number;
      const go = (): void => {
        try {
          if (!over && take()) {
            index = taken++;
            Promise.resolve(mapper(item, index, scope)).then(keep, stop);
            return;
          }
          over = true;
        } catch (error) {
          fail(error);
        }
        end();
      };
      const keep = (result: R): void => {
        results[index] = result;
        go();
      };
      const stop = (error: unknown): void => {
        fail(error);
        end();
      };
      running++;
      go();
    };

    const callFor = async (given: T): Promise<void> => {
      running++;
      try {
        const index = taken++;
        results[index] = await mapper(given, index, scope);
      } catch (error) {
        fail(error);
      }
      end();
    };
    /** Takes the items one by one and makes the calls. */
    const feed = async (iterator: AsyncIterator<T>): Promise<void> => {
      try {
        while (!over) {
          open = asking = true;
          const step = await iterator.next();
          asking = false;
          if (over) return;
          if (step.done) {
            over = true;
            open = false;
            break;
          }
          void callFor(step.value);
          if (running >= concurrency) await new Promise<void>((resume) => (wake = resume));
        }
      } catch (error) {
        open = false;
        fail(error);
      }
      settle();
    };

    if (async) void feed(source as AsyncIterator<T>);
    else while (!over && running < concurrency) work();
  });
}
