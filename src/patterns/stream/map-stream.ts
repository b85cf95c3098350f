import { checkCount, checkFunction } from "../core/check.ts";
import { Scope } from "../core/scope.ts";
import { call, type AbortOptions, type TaskContext } from "../core/task.ts";
import { checkSource, type ItemStream, type StreamSource } from "./source.ts";
import { Stream } from "./stream.ts";

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
  return new Mapped(source, fn, concurrency, { ordered, signal });
}

/** One call; its own scope, because one whose result was given must not be told to stop. Aborted, its result is no longer wanted. */
class Call<R> extends Scope {
  result: { readonly value: R } | undefined;
  next: Call<R> | undefined;
}

/** How the calls of a `Mapped` run. */
interface MappedOptions extends AbortOptions {
  readonly ordered: boolean;
  /** Reads on although results wait to be used: the bound is for the calls that run. */
  readonly ahead?: boolean;
}

/** Makes a call for each item. */
export class Mapped<T, R> extends Stream<R, T> {
  readonly #fn: (item: T, index: number, context: TaskContext) => R | PromiseLike<R>;
  readonly #concurrency: number;
  readonly #ordered: boolean;
  readonly #ahead: boolean;
  readonly #running: Set<Call<R>> = new Set();
  // The calls whose results are still to be given, as a chain: in the order of the items, or of the results.
  #first: Call<R> | undefined;
  #last: Call<R> | undefined;
  #taken = 0;
  #given = 0;
  #hasEnded = false;

  constructor(
    source: StreamSource<T>,
    fn: (item: T, index: number, context: TaskContext) => R | PromiseLike<R>,
    concurrency: number,
    { ordered, ahead = false, signal }: MappedOptions,
  ) {
    super([source], signal);
    this.#fn = fn;
    this.#concurrency = concurrency;
    this.#ordered = ordered;
    this.#ahead = ahead;
  }

  onItem(item: T): void {
    const each = new Call<R>();
    const index = this.#taken++;
    this.#running.add(each);
    if (this.#ordered) this.#append(each);
    call(() => this.#fn(item, index, each), each).then(
      (value) => {
        each.result = { value };
        if (!this.#ordered && !each.aborted) this.#append(each);
        this.#over(each);
      },
      (reason: unknown) => {
        if (!each.aborted) this.#fail(each, reason);
        this.#over(each);
      },
    );
    this.advance();
  }

  override onEnd(): void {
    this.#hasEnded = true;
    this.#endIfOver();
  }

  protected override pull(): void {
    this.ask(() => (this.#ahead ? this.#running.size : this.#taken - this.#given) < this.#concurrency);
  }

  protected override take(): IteratorYieldResult<R> | undefined {
    const first = this.#first;
    if (!first?.result) return undefined;
    this.#first = first.next;
    this.#given++;
    return { done: false, value: first.result.value };
  }

  protected override drop(reason?: unknown): void {
    for (const each of this.#running) each.abort(reason);
    // One that has failed keeps its place, but is not told.
    for (let each = this.#first; each; each = each.next) if (each.result) each.abort(reason);
    this.#first = undefined;
  }

  protected override isIdle(): boolean {
    return this.#running.size === 0;
  }

  #append(each: Call<R>): void {
    if (this.#first) (this.#last as Call<R>).next = each;
    else this.#first = each;
    this.#last = each;
  }

  /** Drops the results that would have come after this one. */
  #fail(failed: Call<R>, reason: unknown): void {
    this.#running.delete(failed);
    if (this.#ordered) for (let each = failed.next; each; each = each.next) each.abort(reason);
    else for (const each of this.#running) each.abort(reason);
    // The others were told already, and what has come before is given all the same: an abort would change nothing.
    if (this.#ahead) this.leave();
    this.fail(reason);
  }

  #over(each: Call<R>): void {
    this.#running.delete(each);
    this.#endIfOver();
  }

  #endIfOver(): void {
    if (this.#hasEnded && this.#running.size === 0) this.end();
    else this.advance();
  }
}
