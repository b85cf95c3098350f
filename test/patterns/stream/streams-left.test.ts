import { buffer, merge, sleep } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { drain, item, silence, WatchedSource } from "../../support/sources.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";
import { streams } from "./streams.ts";

describe.each(streams)("$name", ({ make }) => {
  describe("when the loop is left early", () => {
    test("closes the source once, and waits for that", async () => {
      using clock = virtualTime();
      const source = new WatchedSource(item(1), item(2), item(3), item(4), item(5), item(6));
      source.closing = sleep(50);
      const stream = make(source);
      const leaving = async (): Promise<void> => {
        for await (const _ of stream) {
          await sleep(10);
          break;
        }
      };
      await clock.run(leaving);
      expect(clock.now).toBe(50);
      expect(source.closed).toBe(1);
      expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
      await stream.return();
      expect(source.closed).toBe(1);
      expect(clock.pending).toStrictEqual([]);
    });

    test("runs the finally block of a generator, sync or async", async () => {
      const finished: string[] = [];
      const plain = function* (): Generator<number> {
        try {
          for (;;) yield 1;
        } finally {
          finished.push("sync");
        }
      };
      const awaited = async function* (): AsyncGenerator<number> {
        try {
          for (;;) yield 1;
        } finally {
          finished.push("async");
        }
      };
      for (const source of [plain(), awaited()]) {
        for await (const _ of make(source)) break;
      }
      expect(finished).toStrictEqual(["sync", "async"]);
    });

    test("does not wait for a source that owes an item, yet tells it", async () => {
      const source = new WatchedSource(silence);
      source.closing = new Promise(() => {});
      const stream = make(source);
      const waiting = stream.next();
      await flush();
      expect(await stream.return()).toStrictEqual({ done: true, value: undefined });
      expect(await waiting).toStrictEqual({ done: true, value: undefined });
      expect(source.closed).toBe(1);
    });

    test("ignores what the closing of a source that owes an item fails with", async () => {
      const found = await complaints(async () => {
        const source = new WatchedSource(silence);
        source.closing = Promise.reject(new Error("not closed"));
        source.closing.catch(() => {});
        const stream = make(source);
        const waiting = stream.next();
        await flush();
        expect(await stream.return()).toStrictEqual({ done: true, value: undefined });
        expect(await waiting).toStrictEqual({ done: true, value: undefined });
      });
      expect(found).toStrictEqual([]);
    });

    test("passes on through streams on streams, also while the source is silent", async () => {
      const source = new WatchedSource(silence);
      const stream = buffer(make(merge([make(source)])), 1);
      const waiting = stream.next();
      await flush();
      await stream.return();
      expect(await waiting).toStrictEqual({ done: true, value: undefined });
      expect(source.closed).toBe(1);
    });

    test("before the first item closes the source, reading nothing", async () => {
      const source = new WatchedSource(item(1));
      const stream = make(source);
      expect(await stream.return()).toStrictEqual({ done: true, value: undefined });
      expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
      expect(source).toMatchObject({ opened: 1, asked: 0, closed: 1 });
    });

    test("rejects with what the closing fails with", async () => {
      const error = new Error("not closed");
      const source = new WatchedSource(...Array.from({ length: 9 }, (_, index) => item(index)));
      source.closing = Promise.reject(error);
      source.closing.catch(() => {});
      const leaving = async (): Promise<void> => {
        for await (const _ of make(source)) {
          await flush();
          break;
        }
      };
      expect(await rejection(leaving())).toBe(error);
      expect(source.closed).toBe(1);
    });

    test("opens a source that cannot be opened once, and tells its failure", async () => {
      const error = new Error("not opened");
      let opened = 0;
      const broken = {
        [Symbol.asyncIterator](): AsyncIterator<number> {
          opened++;
          throw error;
        },
      };
      expect(await drain(make(broken))).toStrictEqual([{ thrown: error }]);
      expect(await rejection(make(broken).return())).toBe(error);
      expect(opened).toBe(2);
    });

    test("ignores what a source without return() gives later, and its failure", async () => {
      const found = await complaints(async () => {
        for (const fails of [false, true]) {
          const answers: { resolve: (step: IteratorResult<number>) => void; reject: (e: unknown) => void }[] =
            [];
          const next = (): Promise<IteratorResult<number>> =>
            new Promise((resolve, reject) => answers.push({ resolve, reject }));
          const stream = make({ [Symbol.asyncIterator]: () => ({ next }) });
          const waiting = stream.next();
          await flush();
          await stream.return();
          if (fails) answers[0]?.reject(new Error("late"));
          else answers[0]?.resolve({ done: false, value: 1 });
          expect(await waiting).toStrictEqual({ done: true, value: undefined });
          expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
          expect(answers).toHaveLength(1);
        }
      });
      expect(found).toStrictEqual([]);
    });

    test("closes a plain iterable whose promise is still open, and ignores how that settles", async () => {
      const found = await complaints(async () => {
        for (const end of ["resolve", "reject"] as const) {
          const { promise, resolve, reject } = deferred<number>();
          let finished = false;
          const promises = function* (): Generator<Promise<number>> {
            try {
              yield promise;
            } finally {
              finished = true;
            }
          };
          const stream = make(promises());
          const waiting = stream.next();
          await flush();
          await stream.return();
          expect(finished).toBe(true);
          if (end === "resolve") resolve(1);
          else reject(new Error("late"));
          expect(await waiting).toStrictEqual({ done: true, value: undefined });
          expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
        }
      });
      expect(found).toStrictEqual([]);
    });

    test("is not changed by an abort while the source closes", async () => {
      const controller = new AbortController();
      const source = new WatchedSource(item(1), item(2), item(3), item(4), item(5));
      const closing = deferred();
      source.closing = closing.promise;
      const stream = make(source, { signal: controller.signal });
      await stream.next();
      await flush();
      const leaving = observe(stream.return());
      expect(listeners(controller.signal)).toBe(0);
      controller.abort(new Error("late"));
      closing.resolve();
      await flush();
      expect(leaving.status).toBe("fulfilled");
      expect(source.closed).toBe(1);
    });

    test("leaves no listener", async () => {
      const { signal } = new AbortController();
      for await (const _ of make([1, 2, 3], { signal })) {
        expect(listeners(signal)).toBe(1);
        break;
      }
      expect(listeners(signal)).toBe(0);
    });
  });
});
