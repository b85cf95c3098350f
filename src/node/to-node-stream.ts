import { Readable } from "node:stream";
import { buffer, type AbortOptions, type StreamSource } from "yieldpoint";
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
  return new Readable({
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
      items.return().then(
        () => callback(error),
        (reason: unknown) => callback(error ?? toError(reason)),
      );
    },
  });
}

/** A stream takes nothing but an Error for a failure. */
function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error("the source failed", { cause: reason });
}
