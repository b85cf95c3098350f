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
  onValue(value: T, source: Source): void;
  onEnd(): void;
  onError(reason: unknown): void;
}

/** One source, asked for one item at a time. */
export interface Source {
  /** Whether it can be asked. */
  idle(): boolean;
  open(): void;
  /** Asks for an item, unless nothing more can come. */
  ask(): void;
  /**
   * Asks nothing more, and tells the source by its `return()`.
   *
   * @returns a promise of its end. A source that owes an item is not waited for: a generator ends only after that, and the item may
   * never come
   */
  close(): Promise<void>;
}

export function makeSource<T>(iterable: StreamSource<T>, reader: SourceReader<T>): Source {
  let iterator: AsyncIterator<T> | Iterator<T | PromiseLike<T>> | undefined;
  let isAsync = false;
  let isOpen = false;
  /** It owes an answer. */
  let isAsked = false;
  /** Its `next` is on the stack. */
  let isEntered = false;
  /** It ended, failed or was closed: it is asked nothing more. */
  let isOver = false;

  const fail = (reason: unknown): void => {
    if (isOver) return;
    isOver = true;
    reader.onError(reason);
  };

  const answer = (step: IteratorResult<T>): void => {
    if (Object(step) !== step) {
      fail(new TypeError(`a source's next() must give an object, got ${show(step)}`));
      return;
    }
    let done: boolean | undefined;
    let value: T;
    try {
      ({ done, value } = step);
    } catch (error) {
      fail(error);
      return;
    }
    isAsked = false;
    if (isOver) return;
    if (done) {
      isOver = true;
      reader.onEnd();
    } else {
      reader.onValue(value, source);
    }
  };

  const answerSync = (step: IteratorResult<T | PromiseLike<T>>): void => {
    if (isOver) {
      if (!step.done) void tellReturn();
      return;
    }
    const value = step?.value;
    if (step?.done || typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then !== "function") {
      answer(step as IteratorResult<T>);
      return;
    }
    Promise.resolve(value as PromiseLike<T>).then(
      (item) => answer({ done: false, value: item }),
      (reason: unknown) => {
        isAsked = false;
        if (!isOver) reader.onError(reason);
      },
    );
  };

  const tellReturn = async (): Promise<void> => {
    const closing = new Promise((resolve) => {
      resolve(iterator?.return?.());
    });
    if (isAsked) closing.catch(() => {});
    else await closing;
  };

  const source: Source = {
    idle: () => !isAsked && !isOver,
    open() {
      isOpen = true;
      isAsync = Symbol.asyncIterator in Object(iterable);
      iterator = isAsync
        ? (iterable as AsyncIterable<T>)[Symbol.asyncIterator]()
        : (iterable as Iterable<T>)[Symbol.iterator]();
    },
    ask() {
      if (isOver) return;
      isAsked = true;
      try {
        isEntered = true;
        const step = (iterator as AsyncIterator<T>).next() as unknown;
        isEntered = false;
        if (isAsync) Promise.resolve(step as Promise<IteratorResult<T>>).then(answer, fail);
        else answerSync(step as IteratorResult<T | PromiseLike<T>>);
      } catch (error) {
        fail(error);
      }
    },
    async close() {
      if (isOver) return;
      isOver = true;
      // What was never read may hold something all the same.
      if (!isOpen) source.open();
      // A plain generator cannot be closed while it runs.
      if (!isEntered || isAsync) await tellReturn();
    },
  };
  return source;
}
