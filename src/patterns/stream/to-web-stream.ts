import type { AbortOptions } from "../core/task.ts";
import { buffer } from "./buffer.ts";
import { checkSource, type StreamSource } from "./source.ts";

/**
 * Makes a web stream of an iterable, for a `Response` or `pipeThrough`, say.
 *
 * An item is read only when the stream is asked for a chunk, so a slow reader slows the source. Cancelling the stream closes the source
 * (`return()`), and a failure of the source is the stream's.
 *
 * @param source any iterable or async iterable, asked for one item at a time
 * @param options `signal`: gives up: closes the source, and fails the stream with `signal.reason` when it is read
 * @returns a ReadableStream whose chunks are the items
 * @throws TypeError for a source that is no iterable
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { toWebStream } from "yieldpoint";
 *
 * async function* lines() { yield "first"; yield "second"; }
 * const reader = toWebStream(lines()).getReader();
 * assert.equal((await reader.read()).value, "first");
 * await reader.cancel(); // closes the generator
 * ```
 */
export function toWebStream<T>(source: StreamSource<T>, options: AbortOptions = {}): ReadableStream<T> {
  checkSource("toWebStream: source", source);
  const items = buffer(source, 0, options);
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const step = await items.next();
        if (step.done) controller.close();
        else controller.enqueue(step.value);
      },
      async cancel() {
        await items.return();
      },
    },
    { highWaterMark: 0 },
  );
}
