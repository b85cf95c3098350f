import { check, show } from "../core/check.ts";

/** What streams read from: any iterable or async iterable. Promises in a plain iterable are awaited, as `for await` does. */
export type StreamSource<T> = AsyncIterable<T> | Iterable<T | PromiseLike<T>>;

/** What the stream patterns give: an async iterable, to be read once. */
export interface ItemStream<T> extends AsyncIterableIterator<T, undefined> {
  /** The next item. Calls that come before the last one's answer get theirs in order. */
  next(): Promise<IteratorResult<T, undefined>>;
  /** Leaves the stream: closes what it reads from, and ends the calls of `next` that wait. */
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): ItemStream<T>;
}

export function checkSource(what: string, source: unknown): void {
  const ok = Symbol.asyncIterator in Object(source) || Symbol.iterator in Object(source);
  check(ok, what, "an iterable or an async iterable", source);
}

/** Who reads a source. Each question has one answer, which may come before `ask` returns. */
export interface SourceReader<T> {
  onItem(value: T, source: Source<T>): void;
  onEnd(source: Source<T>): void;
  onError(reason: unknown): void;
}

/** One source, asked for one item at a time. */
export class Source<T> {
  readonly #iterable: StreamSource<T>;
  readonly #reader: SourceReader<T>;
  #iterator: AsyncIterator<T> | Iterator<T | PromiseLike<T>> | undefined;
  #isAsync = false;
  /** It owes an answer. */
  #isAsked = false;
  /** Its `next` is on the stack. */
  #isEntered = false;
  /** It ended, failed or was closed: it is asked nothing more. */
  #isOver = false;

  constructor(iterable: StreamSource<T>, reader: SourceReader<T>) {
    this.#iterable = iterable;
    this.#reader = reader;
  }

  /** Whether it can be asked. */
  get idle(): boolean {
    return !this.#isAsked && !this.#isOver;
  }

  open(): void {
    const iterable = this.#iterable;
    this.#isAsync = Symbol.asyncIterator in Object(iterable);
    this.#iterator = this.#isAsync
      ? (iterable as AsyncIterable<T>)[Symbol.asyncIterator]()
      : (iterable as Iterable<T>)[Symbol.iterator]();
  }

  ask(): void {
    this.#isAsked = true;
    try {
      this.#isEntered = true;
      const step = (this.#iterator as AsyncIterator<T>).next() as unknown;
      this.#isEntered = false;
      if (this.#isAsync) {
        Promise.resolve(step as Promise<IteratorResult<T>>).then(
          (result) => this.#answer(result),
          (reason: unknown) => this.#fail(reason),
        );
      } else {
        this.#answerSync(step as IteratorResult<T | PromiseLike<T>>);
      }
    } catch (error) {
      this.#isEntered = false;
      this.#fail(error);
    }
  }

  /**
   * Asks nothing more, and tells the source by its `return()`.
   *
   * @returns a promise of its end. A source that owes an item is not waited for: a generator ends only after that, and the item may
   * never come
   */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    // A plain generator cannot be closed while it runs.
    if (!this.#isEntered || this.#isAsync) await this.#return();
  }

  async #return(): Promise<void> {
    const closing = new Promise((resolve) => {
      resolve(this.#iterator?.return?.());
    });
    if (this.#isAsked) closing.catch(() => {});
    else await closing;
  }

  #answerSync(step: IteratorResult<T | PromiseLike<T>>): void {
    if (this.#isOver) {
      if (!step.done) void this.#return();
      return;
    }
    const value = step?.value;
    if (step?.done || typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then !== "function") {
      this.#answer(step as IteratorResult<T>);
      return;
    }
    Promise.resolve(value as PromiseLike<T>).then(
      (item) => this.#answer({ done: false, value: item }),
      (reason: unknown) => {
        this.#isAsked = false;
        if (!this.#isOver) this.#reader.onError(reason);
      },
    );
  }

  #answer(step: IteratorResult<T>): void {
    if (Object(step) !== step) {
      this.#fail(new TypeError(`a source's next() must give an object, got ${show(step)}`));
      return;
    }
    this.#isAsked = false;
    if (this.#isOver) return;
    if (step.done) {
      this.#isOver = true;
      this.#reader.onEnd(this);
    } else {
      this.#reader.onItem(step.value, this);
    }
  }

  #fail(reason: unknown): void {
    this.#isAsked = false;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader.onError(reason);
  }
}
