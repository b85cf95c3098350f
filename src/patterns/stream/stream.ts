import { onAbort } from "../core/abort-hub.ts";
import { Fifo } from "../core/fifo.ts";
import { makeSource, type ItemStream, type Source, type StreamSource } from "./source.ts";

/** One call of `next` that waits. */
interface Reader<T> {
  readonly resolve: (step: IteratorResult<T, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

/** What one kind of stream makes of the items that it reads. */
export interface Kind<T, S> {
  /** Takes in an item. */
  onValue(value: S, source: Source): void;
  /** The sources are at their end, or one has failed: nothing more is read. */
  onEnd?(): void;
  /** Asks the sources as far as the bound allows; `isWanted`: whether somebody waits. */
  pull(isWanted: boolean): void;
  /** The next result, if there is one. */
  take(): IteratorYieldResult<T> | undefined;
  /** Forgets what was not given yet, and tells what still runs. */
  drop(reason?: unknown): void;
  /** Whether something runs that has to be followed to its end. */
  busy?(): boolean;
}

/** What a kind of stream can do with its stream. */
export interface Streaming {
  /** What it reads from. */
  readonly sources: readonly Source[];
  /** Asks each source until it owes an answer, or no more is wanted. */
  readonly ask: (isWanted: () => boolean) => void;
  /** Gives what is there and reads on. */
  readonly advance: () => void;
  /** What was read before is given first, then this is thrown. A later call replaces the reason. */
  readonly fail: (reason: unknown) => void;
  /** From then on an abort is not heard of. */
  readonly leave: () => void;
}

/**
 * What all streams share: who waits, in which order results, failure and end reach them, and what an abort or an early exit does.
 *
 * It is no generator, because the `return()` of one takes effect only when what it awaits has come: a loop over a silent source
 * could not be left. Here it acts at once, through as many streams as stand on each other.
 */
export function makeStream<T, S>(
  iterables: readonly StreamSource<S>[],
  signal: AbortSignal | undefined,
  kindOf: (streaming: Streaming) => Kind<T, S>,
): ItemStream<T> {
  const readers = new Fifo<Reader<T>>();
  let leave = (): void => {};
  let begun = false;
  let stopped = false;
  let advancing = false;
  let failure: { readonly reason: unknown } | undefined;
  /** The closing of the sources that the end waits for. */
  let closing: Promise<unknown> | undefined;
  /** How many of the sources have not ended. */
  let open = iterables.length;

  const begin = (): void => {
    begun = true;
    try {
      leave = onAbort(signal, abort);
      for (const source of sources) source.open();
      if (open === 0) end();
    } catch (reason) {
      fail(reason);
    }
  };

  /** Gives what is there and reads on, until neither is possible. A plain iterable answers while it is asked, and so comes back here. */
  const advance = (): void => {
    if (advancing) return;
    advancing = true;
    do {
      if (!stopped) kind.pull(readers.size > 0);
    } while (deliver());
    advancing = false;
  };

  /** Gives those who wait what there is for them, and says whether a result was among it. */
  const deliver = (): boolean => {
    let given = false;
    while (readers.size > 0) {
      const step = kind.take();
      if (step) {
        given = true;
        readers.shift().resolve(step);
      } else if (stopped && !closing && !kind.busy?.()) {
        const { resolve, reject } = readers.shift();
        const failed = failure;
        failure = undefined;
        leave();
        if (failed) reject(failed.reason);
        else resolve({ done: true, value: undefined });
      } else {
        break;
      }
    }
    return given;
  };

  const end = (): void => {
    stopped = true;
    kind.onEnd?.();
    advance();
  };

  const fail = (reason: unknown): void => {
    failure = { reason };
    if (!stopped) {
      stopped = true;
      close();
    }
    end();
  };

  const abort = (reason: unknown): void => {
    stopped = true;
    failure = { reason };
    kind.drop(reason);
    close();
    closing = undefined;
    advance();
  };

  const close = (onClosed = advance, onError: (reason: unknown) => void = advance): void => {
    // A closing that goes on already is waited for, too.
    closing = Promise.all([closing, ...sources.map((source) => source.close())]).then(
      () => {
        closing = undefined;
        onClosed();
      },
      (reason: unknown) => {
        closing = undefined;
        onError(reason);
      },
    );
  };

  const reader = {
    onValue(value: S, source: Source): void {
      kind.onValue(value, source);
      advance();
    },
    onEnd(): void {
      if (--open === 0) end();
    },
    onError: fail,
  };
  const sources = iterables.map((iterable) => makeSource(iterable, reader));
  const ask = (isWanted: () => boolean): void => {
    for (const source of sources) while (source.idle() && isWanted()) source.ask();
  };
  const kind = kindOf({ sources, ask, advance, fail, leave: () => leave() });

  const stream: ItemStream<T> = {
    next: () =>
      new Promise((resolve, reject) => {
        readers.push({ resolve, reject });
        if (!begun) begin();
        advance();
      }),
    return: () =>
      new Promise((resolve, reject) => {
        begun = stopped = true;
        failure = undefined;
        leave();
        kind.drop();
        const finish = (): void => {
          readers.push({ resolve, reject });
          advance();
        };
        close(finish, (reason) => {
          resolve = () => reject(reason);
          finish();
        });
      }),
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}
