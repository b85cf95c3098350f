import { PassThrough, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { runInNewContext } from "node:vm";
import { fromNodeStream, toNodeStream } from "yieldpoint/node";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { ItemStream } from "yieldpoint";
import { drain, failure, item, silence, WatchedSource } from "../support/sources.ts";
import { untyped } from "../support/untyped.ts";
import { complaints, flush, listeners, rejection } from "../support/waiting.ts";

describe("fromNodeStream()", () => {
  test("gives the chunks, in object mode and not", async () => {
    expect(await drain(fromNodeStream(Readable.from([1, 0, "", false])))).toStrictEqual([1, 0, "", false]);
    const bytes = Readable.from([Buffer.from("ab"), Buffer.from("cd")], { objectMode: false });
    expect(Buffer.concat((await drain(fromNodeStream(bytes))) as Buffer[]).toString()).toBe("abcd");
    expect(await drain(fromNodeStream(Readable.from([])))).toStrictEqual([]);
  });

  test("stops reading while the loop is slow", async () => {
    let read = 0;
    const readable = new Readable({
      objectMode: true,
      highWaterMark: 4,
      read() {
        this.push(++read);
      },
    });
    const chunks = fromNodeStream<number>(readable);
    expect(await chunks.next()).toStrictEqual({ done: false, value: 1 });
    for (let turn = 0; turn < 5; turn++) await flush();
    expect(read).toBeLessThanOrEqual(6);
    await chunks.return();
  });

  test("destroys the stream when the loop is left early, and only then", async () => {
    const readable = Readable.from([1, 2, 3]);
    for await (const chunk of fromNodeStream<number>(readable)) {
      expect(readable.destroyed).toBe(false);
      if (chunk === 2) break;
    }
    expect(readable.destroyed).toBe(true);
    expect(readable.errored).toBe(null);
  });

  test("destroys the stream at once when it is left or aborted while it waits for a chunk", async () => {
    const found = await complaints(async () => {
      for (const way of ["return", "abort"]) {
        const controller = new AbortController();
        const readable = new PassThrough();
        const chunks = fromNodeStream(readable, { signal: controller.signal });
        const waiting = way === "abort" ? rejection(chunks.next()) : chunks.next();
        await flush();
        if (way === "abort") controller.abort("enough");
        else await chunks.return();
        expect(await waiting).toStrictEqual(way === "abort" ? "enough" : { done: true, value: undefined });
        expect(readable.destroyed).toBe(true);
        expect(listeners(controller.signal)).toBe(0);
      }
    });
    expect(found).toStrictEqual([]);
  });

  test("throws the stream's error after the chunks that came before it", async () => {
    const error = new Error("down");
    const generator = async function* (): AsyncGenerator<number> {
      yield 1;
      yield 2;
      throw error;
    };
    expect(await drain(fromNodeStream(Readable.from(generator())))).toStrictEqual([1, 2, { thrown: error }]);
  });

  test("keeps an error that comes before the first chunk is asked for", async () => {
    const error = new Error("early");
    const readable = new PassThrough();
    const chunks = fromNodeStream(readable);
    // Where nobody listens, it ends the process, a turn later.
    expect(readable.listenerCount("error"), "listeners for the error").toBeGreaterThan(0);
    readable.destroy(error);
    await flush();
    expect(await rejection(chunks.next())).toBe(error);
    expect(await chunks.next()).toStrictEqual({ done: true, value: undefined });
  });

  test("throws when the stream is closed before its end", async () => {
    const readable = new PassThrough();
    const waiting = rejection(fromNodeStream(readable).next());
    await flush();
    readable.destroy();
    expect(await waiting).toMatchObject({ code: "ERR_STREAM_PREMATURE_CLOSE" });
  });

  test.each([
    ["undefined", undefined],
    ["null", null],
    ["5", 5],
    ['"text"', "text"],
    ["Object", {}],
    ["Array", [1]],
    ["Object", new Writable()],
  ])("refuses what is no Readable at the call: %s", async (got, readable) => {
    const expected = new (typeof readable === "number" ? RangeError : TypeError)(
      `fromNodeStream: readable must be a Readable, got ${got}`,
    );
    expect(await rejection(untyped(fromNodeStream, readable))).toStrictEqual(expected);
  });

  test("gives Buffers unless told otherwise", () => {
    expectTypeOf(fromNodeStream(new PassThrough())).toEqualTypeOf<ItemStream<Buffer>>();
    expectTypeOf(fromNodeStream<string>(new PassThrough())).toEqualTypeOf<ItemStream<string>>();
  });
});

describe("toNodeStream()", () => {
  test("gives the items of any iterable as chunks", async () => {
    expect(await toNodeStream([1, 0, "", undefined, Promise.resolve(5)]).toArray()).toStrictEqual([
      1,
      0,
      "",
      undefined,
      5,
    ]);
    expect(await toNodeStream(new WatchedSource(item("a"), item("b"))).toArray()).toStrictEqual(["a", "b"]);
    expect(await toNodeStream([]).toArray()).toStrictEqual([]);
  });

  test("reads nothing before it is read, and one item ahead of a slow reader", async () => {
    const items = new WatchedSource(...Array.from({ length: 9 }, (_, index) => item(index)));
    const stream = toNodeStream(items);
    await flush();
    expect(items.opened).toBe(0);
    let release = (): void => {};
    const written: unknown[] = [];
    const slow = new Writable({
      objectMode: true,
      highWaterMark: 1,
      write(chunk, _encoding, done) {
        written.push(chunk);
        release = done;
      },
    });
    const piping = pipeline(stream, slow);
    for (let turn = 0; turn < 5; turn++) await flush();
    expect(written).toStrictEqual([0]);
    expect(items.asked).toBeLessThanOrEqual(3);
    while (written.length < 9) {
      release();
      await flush();
    }
    release();
    await piping;
    expect(items.misused).toBe(false);
  });

  test("closes the source when it is destroyed, and waits for that", async () => {
    const items = new WatchedSource(item(1), item(2), item(3), item(4));
    const order: string[] = [];
    items.closing = flush().then(() => order.push("closed"));
    const stream = toNodeStream(items).on("close", () => order.push("close"));
    for await (const _ of stream) break;
    for (let turn = 0; turn < 3; turn++) await flush();
    expect(items.closed).toBe(1);
    expect(order).toStrictEqual(["closed", "close"]);
  });

  test("is destroyed at once while the source owes an item", async () => {
    const items = new WatchedSource(silence);
    const stream = toNodeStream(items);
    const closed = new Promise((resolve) => stream.once("close", resolve));
    stream.resume();
    await flush();
    stream.destroy();
    await closed;
    expect(items.closed).toBe(1);
  });

  test("is destroyed by the source's failure, after what came before it", async () => {
    const error = new Error("down");
    const stream = toNodeStream(new WatchedSource(item(1), item(2), failure(error)));
    expect(await drain(stream)).toStrictEqual([1, 2, { thrown: error }]);
  });

  test.each([undefined, null, 0, "text"])("makes an Error of the failure %s", async (reason) => {
    const stream = toNodeStream(new WatchedSource(failure(reason)));
    const error = await rejection(stream.toArray());
    expect(error).toStrictEqual(new Error("the source failed", { cause: reason }));
    expect((error as Error).cause).toBe(reason);
  });

  test("refuses an item that is null, and closes the source", async () => {
    const items = new WatchedSource<number | null>(item(null), item(2));
    const expected = new TypeError("toNodeStream: a stream cannot carry null");
    expect(await rejection(toNodeStream(items).toArray())).toStrictEqual(expected);
    expect(items.closed).toBe(1);
  });

  test("is destroyed with the reason of an abort, and closes the source", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const items = new WatchedSource(item(1), silence);
    const ending = rejection(toNodeStream(items, { signal: controller.signal }).toArray());
    for (let turn = 0; turn < 3; turn++) await flush();
    controller.abort(reason);
    expect(await ending).toBe(reason);
    expect(items.closed).toBe(1);
    expect(listeners(controller.signal)).toBe(0);
  });

  test.each(["before it is read", "while its reader is stalled"])(
    "is destroyed at once by an abort %s, and closes the source",
    async (when) => {
      const controller = new AbortController();
      const reason = new Error("enough");
      const items = new WatchedSource(...Array.from({ length: 9 }, (_, index) => item(index)));
      const stream = toNodeStream(items, { signal: controller.signal });
      const stalled = new Writable({ objectMode: true, highWaterMark: 1, write() {} });
      const ending =
        when === "before it is read"
          ? new Promise((fail) => stream.once("error", fail))
          : rejection(pipeline(stream, stalled));
      for (let turn = 0; turn < 5; turn++) await flush();
      controller.abort(reason);
      expect(await ending).toBe(reason);
      expect([stream.destroyed, items.closed, listeners(controller.signal)]).toStrictEqual([true, 1, 0]);
    },
  );

  test("is destroyed by a signal that has aborted before", async () => {
    const stream = toNodeStream([1], { signal: AbortSignal.abort("gone") });
    const error = await new Promise((fail) => stream.once("error", fail));
    expect(error).toStrictEqual(new Error("the source failed", { cause: "gone" }));
  });

  test("listens to its signal no more once it has ended", async () => {
    const { signal } = new AbortController();
    const stream = toNodeStream([1, 2], { signal });
    expect(listeners(signal)).toBe(1);
    await stream.toArray();
    await flush();
    expect(listeners(signal)).toBe(0);
  });

  test("hands on an error of another realm as it is", async () => {
    const error: unknown = runInNewContext("new Error('down')");
    const stream = toNodeStream(new WatchedSource(failure(error)));
    expect(await rejection(stream.toArray())).toBe(error);
  });

  test.each([true, false])(
    "tells of a closing that fails, unless there was an error (%s)",
    async (hasError) => {
      const items = new WatchedSource(item(1), item(2), item(3), item(4));
      items.closing = Promise.reject(new Error("not closed"));
      items.closing.catch(() => {});
      const stream = toNodeStream(items);
      const failed = new Promise((resolve) => stream.once("error", resolve));
      stream.once("data", () => stream.pause());
      for (let turn = 0; turn < 3; turn++) await flush();
      stream.destroy(hasError ? new Error("first") : undefined);
      expect(await failed).toStrictEqual(new Error(hasError ? "first" : "not closed"));
    },
  );

  test.each([
    [undefined, "undefined"],
    [{}, "Object"],
    [Promise.resolve([]), "Promise"],
  ])("refuses a source that is no iterable at the call: %s", async (source, got) => {
    const expected = new TypeError(
      `toNodeStream: source must be an iterable or an async iterable, got ${got}`,
    );
    expect(await rejection(untyped(toNodeStream, source))).toStrictEqual(expected);
  });
});
