import type { Readable } from "node:stream";
import { buffer, type AbortOptions, type ItemStream } from "yieldpoint";
import { check } from "../patterns/core/check.ts";

/**
 * Reads a Node stream with `for await`; the stream is destroyed as soon as the loop is left or aborted.
 *
 * Other than the stream's own iterator, it can also be left while it waits for a chunk, and a failure before the first chunk is asked
 * for is kept for the loop instead of ending the process.
 *
 * @param readable a stream that nobody else reads; it is paused when the loop is slow
 * @param options `signal`: gives up, destroying the stream
 * @returns an async iterable of the stream's chunks, to be read once
 * @throws TypeError for what is no Readable. The loop throws the stream's error, also for one that closed before its end, and
 * `signal.reason` when aborted
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Readable } from "node:stream";
 * import { fromNodeStream } from "yieldpoint/node";
 *
 * const readable = Readable.from(["a", "b", "c"]);
 * for await (const chunk of fromNodeStream<string>(readable)) {
 *   if (chunk === "b") break;
 * }
 * assert(readable.destroyed);
 * ```
 */
export function fromNodeStream<T = Buffer>(readable: Readable, options: AbortOptions = {}): ItemStream<T> {
  const { destroy, [Symbol.asyncIterator]: iterate } = Object(readable) as Partial<Readable>;
  const ok = typeof destroy === "function" && typeof iterate === "function";
  check(ok, "fromNodeStream: readable", "a Readable", readable);
  // An error that nobody listens for ends the process, and the loop may not have begun yet.
  readable.on("error", () => {});
  const open = (): AsyncIterator<T, undefined> => {
    const chunks = readable[Symbol.asyncIterator]() as AsyncIterator<T, undefined>;
    return {
      next: () => chunks.next(),
      async return() {
        readable.destroy();
        return { done: true, value: undefined };
      },
    };
  };
  return buffer({ [Symbol.asyncIterator]: open }, 0, options);
}
