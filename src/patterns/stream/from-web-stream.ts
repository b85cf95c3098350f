import type { AbortOptions } from "../core/task.ts";
import { check } from "../core/check.ts";
import { buffer } from "./buffer.ts";
import type { ItemStream } from "./source.ts";

/**
 * Reads a web stream with `for await`, also where the platform's streams are not async iterable.
 *
 * The stream is locked from the first item on. Leaving the loop early (`break`, `return`, a throw) or an abort cancels the stream.
 *
 * @param readable a ReadableStream that nobody else reads
 * @param options `signal`: gives up, cancelling the stream
 * @returns an async iterable of the stream's chunks, to be read once
 * @throws TypeError for what is no ReadableStream. The loop throws the stream's failure, a TypeError for a stream that is locked, and
 * `signal.reason` when aborted
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fromWebStream, toWebStream } from "yieldpoint";
 *
 * const chunks: string[] = [];
 * for await (const chunk of fromWebStream(toWebStream(["a", "b"]))) chunks.push(chunk);
 * assert.deepEqual(chunks, ["a", "b"]);
 * ```
 */
export function fromWebStream<T>(readable: ReadableStream<T>, options?: AbortOptions): ItemStream<T>;
// For the streams of Node's own types, which are not the browsers'.
export function fromWebStream<T>(
  readable: AsyncIterable<T> & { getReader(): unknown },
  options?: AbortOptions,
): ItemStream<T>;
export function fromWebStream<T>(readable: unknown, options: AbortOptions = {}): ItemStream<T> {
  const source = readable as ReadableStream<T>;
  const ok = typeof (source as Partial<ReadableStream<T>> | null | undefined)?.getReader === "function";
  check(ok, "fromWebStream: readable", "a ReadableStream", readable);
  return buffer({ [Symbol.asyncIterator]: () => chunksOf(source.getReader()) }, 0, options);
}

function chunksOf<T>(reader: ReadableStreamDefaultReader<T>): AsyncIterator<T, undefined> {
  return {
    async next() {
      let step: ReadableStreamReadResult<T> | undefined;
      try {
        step = await reader.read();
        return step as IteratorResult<T, undefined>;
      } finally {
        if (step?.done !== false) reader.releaseLock();
      }
    },
    async return() {
      const cancelled = reader.cancel();
      // What `next` still waits for ends by the cancelling.
      reader.releaseLock();
      await cancelled;
      return { done: true, value: undefined };
    },
  };
}
