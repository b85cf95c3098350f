import { onAbort } from "../core/abort-hub.ts";
import { Ring } from "../core/ring.ts";
import { Source, type ItemStream, type SourceReader, type StreamSource } from "./source.ts";

/** One call of `next` that waits. */
interface Reader<T> {
  readonly resolve: (step: IteratorResult<T, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * What all streams share: who waits, in which order results, failure and end reach them, and what an abort or an early exit does.
 *
 * It is no generator, because the `return()` of one takes effect only when what it awaits has come: a loop over a silent source
 * could not be left. Here it acts at once, through as many streams as stand on each other.
 */
export abstract class Stream<T, S = T> implements ItemStream<T>, SourceReader<S> {
  readonly #readers: Ring<Reader<T>> = new Ring();
  readonly #signal: AbortSignal | undefined;
  /** From then on an abort is not heard of. */
  protected leave: () => void = () => {};
  #begun = false;
  #stopped = false;
  #advancing = false;
  #failure: { readonly reason: unknown } | undefined;
  /** The closing of the sources that the end waits for. */
  #closing: Promise<unknown> | undefined;

  /** What it reads from. */
  protected readonly sources: readonly Source<S>[];
  /** How many of them have not ended. */
  #open: number;

  constructor(sources: readonly StreamSource<S>[], signal: AbortSignal | undefined) {
    this.sources = sources.map((source) => new Source(source, this));
    this.#open = sources.length;
    this.#signal = signal;
  }

  abstract onItem(value: S, source: Source<S>): void;
  /** Asks the sources as far as the bound allows. */
  protected abstract pull(): void;
  /** The next result, if there is one. */
  protected abstract take(): IteratorYieldResult<T> | undefined;
  /** Forgets what was not given yet, and tells what still runs. */
  protected abstract drop(reason?: unknown): void;

  onEnd(): void {
    if (--this.#open === 0) this.end();
  }

  onError(reason: unknown): void {
    this.fail(reason);
  }

  /** Whether nothing runs any more that has to be followed to its end. */
  protected isIdle(): boolean {
    return true;
  }

  /** Asks each source until it owes an answer, or no more is wanted. */
  protected ask(isWanted: () => boolean): void {
    for (const source of this.sources) while (source.idle && isWanted()) source.ask();
  }

  /** Whether nothing more is read. */
  protected get isStopped(): boolean {
    return this.#stopped;
  }

  /** Whether somebody waits. */
  protected get isWanted(): boolean {
    return this.#readers.size > 0;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      if (!this.#begun) this.#begin();
      this.advance();
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#begun = this.#stopped = true;
      this.#failure = undefined;
      this.leave();
      this.drop();
      const end = (): void => {
        this.#readers.push({ resolve, reject });
        this.advance();
      };
      this.#close(end, (reason) => {
        reject(reason);
        this.advance();
      });
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Gives what is there and reads on, until neither is possible. A plain iterable answers while it is asked, and so comes back here. */
  protected advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    do {
      if (!this.#stopped) this.pull();
    } while (this.#deliver());
    this.#advancing = false;
  }

  /** The sources are at their end. */
  protected end(): void {
    this.#stopped = true;
    this.advance();
  }

  /** What was read before is given first, then this is thrown. A later call replaces the reason. */
  protected fail(reason: unknown): void {
    this.#failure = { reason };
    if (!this.#stopped) {
      this.#stopped = true;
      const go = (): void => this.advance();
      this.#close(go, go);
    }
    this.advance();
  }

  #begin(): void {
    this.#begun = true;
    try {
      this.leave = onAbort(this.#signal, (reason) => this.#abort(reason));
      for (const source of this.sources) source.open();
      if (this.sources.length === 0) this.end();
    } catch (reason) {
      this.fail(reason);
    }
  }

  #abort(reason: unknown): void {
    this.#stopped = true;
    this.#failure = { reason };
    this.drop(reason);
    this.#close(
      () => {},
      () => {},
    );
    this.#closing = undefined;
    this.advance();
  }

  #close(onClosed: () => void, onError: (reason: unknown) => void): void {
    // A closing that goes on already is waited for, too.
    this.#closing = Promise.all([this.#closing, ...this.sources.map((source) => source.close())]).then(
      () => {
        this.#closing = undefined;
        onClosed();
      },
      (reason: unknown) => {
        this.#closing = undefined;
        onError(reason);
      },
    );
  }

  /** Gives those who wait what there is for them, and says whether a result was among it. */
  #deliver(): boolean {
    let given = false;
    while (this.#readers.size > 0) {
      const step = this.take();
      if (step) {
        given = true;
        this.#readers.shift().resolve(step);
      } else if (this.#stopped && !this.#closing && this.isIdle()) {
        const { resolve, reject } = this.#readers.shift();
        const failure = this.#failure;
        this.#failure = undefined;
        this.leave();
        if (failure) reject(failure.reason);
        else resolve({ done: true, value: undefined });
      } else {
        break;
      }
    }
    return given;
  }
}
