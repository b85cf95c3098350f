import { fromWebStream, toWebStream } from "yieldpoint";
import { describe, expect, test } from "vitest";
import { drain, failure, item, silence, WatchedSource } from "../../support/sources.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, flush, listeners, rejection } from "../../support/waiting.ts";

/** A stream of these chunks that notes what it is told. */
function source(chunks: readonly unknown[], end: "close" | "wait" | { readonly error: unknown } = "close") {
  const seen = { pulled: 0, cancelled: 0 };
  const readable = new ReadableStream<unknown>(
    {
      pull(controller) {
        const index = seen.pulled++;
        if (index < chunks.length) controller.enqueue(chunks[index]);
        else if (end === "close") controller.close();
        else if (end === "wait") return new Promise(() => {});
        else controller.error(end.error);
        return undefined;
      },
      cancel() {
        seen.cancelled++;
      },
    },
    { highWaterMark: 0 },
  );
  return { readable, seen };
}

describe("fromWebStream()", () => {
  test("gives the chunks, falsy ones too, and unlocks the stream at its end", async () => {
    const { readable, seen } = source([1, undefined, null, 0, ""]);
    expect(await drain(fromWebStream(readable))).toStrictEqual([1, undefined, null, 0, ""]);
    expect(readable.locked).toBe(false);
    expect(seen.cancelled).toBe(0);
  });

  test("locks the stream with the first chunk, and reads none ahead", async () => {
    const { readable, seen } = source([1, 2, 3]);
    const chunks = fromWebStream(readable);
    expect(readable.locked).toBe(false);
    await chunks.next();
    await flush();
    expect(readable.locked).toBe(true);
    expect(seen.pulled).toBe(1);
    await chunks.return();
  });

  test("cancels and unlocks the stream when the loop is left early", async () => {
    const { readable, seen } = source([1, 2, 3]);
    for await (const chunk of fromWebStream(readable)) if (chunk === 2) break;
    expect(seen).toStrictEqual({ pulled: 2, cancelled: 1 });
    expect(readable.locked).toBe(false);
  });

  test("cancels the stream at once when it is left or aborted while it waits for a chunk", async () => {
    const found = await complaints(async () => {
      for (const way of ["return", "abort"]) {
        const controller = new AbortController();
        const { readable, seen } = source([], "wait");
        const chunks = fromWebStream(readable, { signal: controller.signal });
        const waiting = way === "abort" ? rejection(chunks.next()) : chunks.next();
        await flush();
        if (way === "abort") controller.abort("enough");
        else await chunks.return();
        expect(await waiting).toStrictEqual(way === "abort" ? "enough" : { done: true, value: undefined });
        expect(seen.cancelled).toBe(1);
        expect(readable.locked).toBe(false);
        expect(listeners(controller.signal)).toBe(0);
      }
    });
    expect(found).toStrictEqual([]);
  });

  test("cancels and unlocks a stream of which nothing was read when it is left or has been aborted", async () => {
    for (const aborted of [false, true]) {
      const { readable, seen } = source([1, 2, 3]);
      const chunks = fromWebStream(readable, { signal: aborted ? AbortSignal.abort("enough") : undefined });
      if (aborted) expect(await rejection(chunks.next())).toBe("enough");
      else expect(await chunks.return()).toStrictEqual({ done: true, value: undefined });
      expect(seen).toStrictEqual({ pulled: 0, cancelled: 1 });
      expect(readable.locked).toBe(false);
    }
  });

  test("rejects with what the cancelling fails with", async () => {
    const error = new Error("not cancelled");
    const readable = new ReadableStream<number>({
      start: (controller) => controller.enqueue(1),
      cancel: () => Promise.reject(error),
    });
    const leaving = async (): Promise<void> => {
      for await (const _ of fromWebStream(readable)) break;
    };
    expect(await rejection(leaving())).toBe(error);
  });

  test.each([new Error("down"), undefined, null, 0])(
    "throws the stream's failure %s itself",
    async (error) => {
      const { readable } = source([1, 2], { error });
      expect(await drain(fromWebStream(readable))).toStrictEqual([1, 2, { thrown: error }]);
      expect(readable.locked).toBe(false);
    },
  );

  test("throws a TypeError for a stream that somebody else reads", async () => {
    const { readable } = source([1]);
    const reader = readable.getReader();
    expect(await rejection(fromWebStream(readable).next())).toBeInstanceOf(TypeError);
    expect(await reader.read()).toStrictEqual({ done: false, value: 1 });
  });

  test.each([
    [undefined, "undefined"],
    [null, "null"],
    [[1], "Array"],
  ])("refuses what is no ReadableStream at the call: %s", async (readable, got) => {
    const expected = new TypeError(`fromWebStream: readable must be a ReadableStream, got ${got}`);
    expect(await rejection(untyped(fromWebStream, readable))).toStrictEqual(expected);
  });
});

describe("toWebStream()", () => {
  test("gives the items of any iterable as chunks", async () => {
    expect(await drain(fromWebStream(toWebStream([1, undefined, null, Promise.resolve(4)])))).toStrictEqual([
      1,
      undefined,
      null,
      4,
    ]);
    expect(await new Response(toWebStream([new TextEncoder().encode("text")])).text()).toBe("text");
  });

  test("asks for an item only when one is read", async () => {
    const items = new WatchedSource(item(1), item(2), item(3));
    const reader = toWebStream(items).getReader();
    await flush();
    expect(items.opened).toBe(0);
    await reader.read();
    await flush();
    expect(items.asked).toBe(1);
    await reader.cancel();
  });

  test("closes the source when it is cancelled, and waits for that", async () => {
    const items = new WatchedSource(item(1), item(2));
    let closed = false;
    items.closing = flush().then(() => (closed = true));
    const reader = toWebStream(items).getReader();
    await reader.read();
    await reader.cancel();
    expect(items.closed).toBe(1);
    expect(closed).toBe(true);
  });

  test("is cancelled at once while the source owes an item", async () => {
    const items = new WatchedSource(silence);
    const reader = toWebStream(items).getReader();
    const waiting = reader.read();
    await flush();
    await reader.cancel();
    expect(await waiting).toStrictEqual({ done: true, value: undefined });
    expect(items.closed).toBe(1);
  });

  test.each([new Error("down"), undefined, null, 0])("fails with the source's failure %s", async (error) => {
    const stream = toWebStream(new WatchedSource(item(1), failure(error)));
    expect(await drain(fromWebStream(stream))).toStrictEqual([1, { thrown: error }]);
  });

  test("fails with the reason of an abort, and closes the source", async () => {
    const controller = new AbortController();
    const items = new WatchedSource(item(1), silence);
    const reader = toWebStream(items, controller).getReader();
    await reader.read();
    const waiting = rejection(reader.read());
    await flush();
    controller.abort("enough");
    expect(await waiting).toBe("enough");
    expect(items.closed).toBe(1);
  });

  test("refuses a source that is no iterable at the call", async () => {
    const expected = new TypeError(
      "toWebStream: source must be an iterable or an async iterable, got Object",
    );
    expect(await rejection(untyped(toWebStream, {}))).toStrictEqual(expected);
  });
});
