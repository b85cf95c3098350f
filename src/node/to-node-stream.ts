import { Readable } from "node:stream";
import { types } from "node:util";
import { abortable, buffer, type AbortOptions, type StreamSource } from "yieldpoint";
import { check } from "../patterns/core/check.ts";

/**
 * Makes a Node stream, in object mode, of an iterable.
 *
 * The next item is read only when the stream has room for it, so a slow reader slows the source. Destroying the stream closes the
 * source (`return()`) at once, also while it owes an item; a failure of the source destroys the stream with it.
 *
 * @param source any iterable or async iterable, asked for one item at a time
 * @param options `signal`: gives up: closes the source, and destroys the stream with `signal.reason`
 * @returns a Readable whose chunks are the items. An item that is null, which would end the stream, destroys it with a TypeError; a
 * failure that is no Error is the `cause` of one
 * @throws TypeError for a source that is no iterable
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { toNodeStream } from "yieldpoint/node";
 *
 * async function* lines() { yield "a"; yield "b"; }
 * assert.deepEqual(await toNodeStream(lines()).toArray(), ["a", "b"]);
 * ```
 */
export function toNodeStream<T>(source: StreamSource<T>, options: AbortOptions = {}): Readable {
  const ok = Symbol.asyncIterator in Object(source) || Symbol.iterator in Object(source);
  check(ok, "toNodeStream: source", "an iterable or an async iterable", source);
  const items = buffer(source, 0, options);
  let end!: () => void;
  const over = new Promise<void>((resolve) => (end = resolve));
  const stream = new Readable({
    objectMode: true,
    highWaterMark: 1,
    read() {
      items.next().then(
        (step) => {
          if (step.done) this.push(null);
          else if (step.value === null)
            this.destroy(new TypeError("toNodeStream: a stream cannot carry null"));
          else this.push(step.value);
        },
        (reason: unknown) => this.destroy(toError(reason)),
      );
    },
    destroy(error, callback) {
      end();
      items.return().then(
        () => callback(error),
        (reason: unknown) => callback(error ?? toError(reason)),
      );
    },
  });
  // Not only where something waits for an item: a stalled reader would never hear of it.
  abortable(over, options.signal).catch((reason: unknown) => stream.destroy(toError(reason)));
  return stream;
}

/** A stream takes nothing but an Error for a failure. */
function toError(reason: unknown): Error {
  // One of another realm is of another class.
  if (reason instanceof Error || types.isNativeError(reason)) return reason;
  return new Error("the source failed", { cause: reason });
}
