import { sleep } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { drain, failure, item, silence, WatchedSource } from "../../support/sources.ts";
import { complaints, flush, listeners, rejection } from "../../support/waiting.ts";
import { streams } from "./streams.ts";

describe.each(streams)("$name", ({ name, make }) => {
  const wrap = (values: readonly unknown[]): unknown[] =>
    values.map((value) => (name === "batch()" ? [value] : value));

  describe("when the source fails", () => {
    test.each([new Error("down"), undefined, null, 0])(
      "gives what was read before, then throws %s itself, once, and does not close what failed",
      async (error) => {
        const source = new WatchedSource(item(1), item(2), failure(error));
        const stream = make(source);
        expect(await drain(stream)).toStrictEqual([...wrap([1, 2]), { thrown: error }]);
        expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
        expect(source.closed).toBe(0);
        expect(source.misused).toBe(false);
      },
    );

    test("gives what was read before also to one who asks late", async () => {
      const error = new Error("down");
      const stream = make(new WatchedSource(item(1), item(2), failure(error)));
      await stream.next();
      await flush();
      expect(await stream.next()).toStrictEqual({ done: false, value: wrap([2])[0] });
      await flush();
      expect(await rejection(stream.next())).toBe(error);
      expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
    });

    test("treats a sync throw of next(), of opening, and a broken answer alike", async () => {
      const error = new Error("thrown");
      const fail = (): never => {
        throw error;
      };
      const of = (next: unknown): AsyncIterable<number> =>
        ({ [Symbol.asyncIterator]: () => ({ next }) }) as AsyncIterable<number>;
      const generator = function* (): Generator<number> {
        yield 1;
        throw error;
      };
      expect(await drain(make(of(fail)))).toStrictEqual([{ thrown: error }]);
      expect(await drain(make({ [Symbol.asyncIterator]: fail }))).toStrictEqual([{ thrown: error }]);
      expect(await drain(make(generator()))).toStrictEqual([...wrap([1]), { thrown: error }]);
      const message = "a source's next() must give an object, got undefined";
      expect(await drain(make(of(() => undefined)))).toStrictEqual([{ thrown: new TypeError(message) }]);
      const broken = { [Symbol.iterator]: () => ({ next: () => undefined }) } as unknown as Iterable<number>;
      expect(await drain(make(broken))).toStrictEqual([{ thrown: new TypeError(message) }]);
      for (const key of ["done", "value"]) {
        const unreadable = async (): Promise<object> => Object.defineProperty({}, key, { get: fail });
        expect(await drain(make(of(unreadable)))).toStrictEqual([{ thrown: error }]);
      }
    });

    test("closes a plain iterable that gave a promise which rejects", async () => {
      const error = new Error("item");
      let finished = false;
      const promises = function* (): Generator<Promise<number>> {
        try {
          yield Promise.resolve(1);
          yield Promise.reject(error);
        } finally {
          finished = true;
        }
      };
      expect(await drain(make(promises()))).toStrictEqual([...wrap([1]), { thrown: error }]);
      expect(finished).toBe(true);
    });

    test("leaves no listener, no timer and no unhandled rejection", async () => {
      const { signal } = new AbortController();
      const found = await complaints(async () => {
        using clock = virtualTime();
        const stream = make(new WatchedSource(item(1, 5), failure(new Error("down"), 5)), { signal });
        await clock.run(() => drain(stream));
        expect(clock.pending).toStrictEqual([]);
        expect(listeners(signal)).toBe(0);
        // And if nobody asks any more.
        const left = make(new WatchedSource(item(1), failure(new Error("down"))));
        await left.next();
      });
      expect(found).toStrictEqual([]);
    });
  });

  describe("when it is aborted", () => {
    test("before, reads nothing, rejects with the reason itself and closes the source", async () => {
      const reason = new Error("before");
      const source = new WatchedSource(item(1));
      const stream = make(source, { signal: AbortSignal.abort(reason) });
      expect(await rejection(stream.next())).toBe(reason);
      expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
      expect(source).toMatchObject({ opened: 1, asked: 0, closed: 1 });
    });

    test("while somebody waits, rejects at once, tells the source and does not wait for it", async () => {
      using clock = virtualTime();
      const controller = new AbortController();
      const source = new WatchedSource(item(1, 10), item(2, 1_000));
      source.closing = sleep(5_000);
      const stream = make(source, { signal: controller.signal });
      await clock.run(() => stream.next());
      const waiting = observe(stream.next());
      await clock.advance(90);
      expect(waiting.status).toBe("pending");
      const reason = new Error("during");
      controller.abort(reason);
      expect(source.closed).toBe(1);
      expect(listeners(controller.signal)).toBe(0);
      await clock.advance(0);
      expect(waiting).toMatchObject({ status: "rejected", at: 100 });
      expect(waiting.reason).toBe(reason);
      expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
      await clock.advance(10_000);
      expect(clock.pending).toStrictEqual([]);
    });

    test("between two items, drops what was read and rejects the next call, once", async () => {
      const found = await complaints(async () => {
        const controller = new AbortController();
        const source = new WatchedSource(item(1), item(2), item(3));
        source.closing = Promise.reject(new Error("not closed"));
        source.closing.catch(() => {});
        const stream = make(source, { signal: controller.signal });
        await stream.next();
        await flush();
        controller.abort(undefined);
        expect(await rejection(stream.next())).toBe(controller.signal.reason);
        expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
        expect(source.misused).toBe(false);
      });
      expect(found).toStrictEqual([]);
    });

    test("between two items, does not wait for the source's closing", async () => {
      const controller = new AbortController();
      const source = new WatchedSource(item(1), item(2), item(3), item(4), item(5));
      source.closing = new Promise(() => {});
      const stream = make(source, { signal: controller.signal });
      await stream.next();
      await flush();
      controller.abort(null);
      const late = observe(stream.next());
      await flush();
      expect(late).toMatchObject({ status: "rejected", reason: null });
      expect(source.closed).toBe(1);
    });

    test.each([null, 0, "", false])("rejects with the falsy reason %j", async (reason) => {
      const controller = new AbortController();
      const stream = make(new WatchedSource(silence), { signal: controller.signal });
      const waiting = rejection(stream.next());
      await flush();
      controller.abort(reason);
      expect(await waiting).toBe(reason);
    });

    test("by its source as it is asked, closes it all the same", async () => {
      for (const isAsync of [false, true]) {
        const controller = new AbortController();
        const finished: boolean[] = [];
        const plain = function* (): Generator<number> {
          try {
            controller.abort("inside");
            yield 1;
          } finally {
            finished.push(isAsync);
          }
        };
        const awaited = async function* (): AsyncGenerator<number> {
          yield* plain();
        };
        const stream = make(isAsync ? awaited() : plain(), { signal: controller.signal });
        expect(await rejection(stream.next())).toBe("inside");
        await flush();
        expect(finished).toStrictEqual([isAsync]);
      }
    });

    test("by a plain iterable that is at its end then, rejects all the same", async () => {
      const controller = new AbortController();
      const ending = function* (): Generator<number> {
        controller.abort("at the end");
        yield* [];
      };
      expect(await rejection(make(ending(), { signal: controller.signal }).next())).toBe("at the end");
    });

    test("after the end, changes nothing and is not listened for", async () => {
      const controller = new AbortController();
      const stream = make([1], { signal: controller.signal });
      expect(await drain(stream)).toStrictEqual(wrap([1]));
      expect(listeners(controller.signal)).toBe(0);
      controller.abort();
      expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
    });

    test("10,000 at once, shares a listener and leaves none, and no timer", { timeout: 60_000 }, async () => {
      const found = await complaints(async () => {
        using clock = virtualTime();
        const controller = new AbortController();
        const { signal } = controller;
        const sources = Array.from({ length: 10_000 }, () => new WatchedSource(silence));
        const waiting = sources.map((source) => rejection(make(source, { signal }).next()));
        expect(listeners(signal)).toBe(1);
        const reason = new Error("all of you");
        controller.abort(reason);
        expect(new Set(await Promise.all(waiting))).toStrictEqual(new Set([reason]));
        expect(listeners(signal)).toBe(0);
        expect(clock.pending).toStrictEqual([]);
        expect(sources.every(({ closed }) => closed === 1)).toBe(true);
      });
      expect(found).toStrictEqual([]);
    });
  });
});
