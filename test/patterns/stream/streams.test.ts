import { AsyncLocalStorage } from "node:async_hooks";
import {
  batch,
  buffer,
  mapStream,
  merge,
  sleep,
  type AbortOptions,
  type ItemStream,
  type StreamSource,
} from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { drain, failure, item, silence, WatchedSource } from "../../support/sources.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";

type Make = <T>(source: StreamSource<T>, options?: AbortOptions) => ItemStream<unknown>;

/** Each passes on what its source gives. */
const streams: { name: string; make: Make; bound: number }[] = [
  { name: "buffer()", make: (source, { signal } = {}) => buffer(source, 3, { signal }), bound: 3 },
  { name: "buffer() of 0", make: (source, { signal } = {}) => buffer(source, 0, { signal }), bound: 0 },
  { name: "merge()", make: (source, options) => merge([source], options), bound: 1 },
  {
    name: "batch()",
    make: (source, { signal } = {}) => batch(source, { size: 1, within: 1_000, signal }),
    bound: 1,
  },
  {
    name: "mapStream()",
    make: (source, { signal } = {}) => mapStream(source, (value) => value, { concurrency: 2, signal }),
    bound: 2,
  },
  {
    name: "mapStream({ ordered: false })",
    make: (source, { signal } = {}) =>
      mapStream(source, async (value) => value, { concurrency: 2, ordered: false, signal }),
    bound: 2,
  },
];

describe.each(streams)("$name", ({ name, make, bound }) => {
  const wrap = (values: readonly unknown[]): unknown[] =>
    values.map((value) => (name === "batch()" ? [value] : value));

  test("passes on an async iterable, an iterable, a generator and a string", async () => {
    const generator = function* (): Generator<number> {
      yield 1;
      yield 2;
    };
    expect(await drain(make(new WatchedSource(item(1), item(2))))).toStrictEqual(wrap([1, 2]));
    expect(await drain(make([1, 2, 3, 4, 5]))).toStrictEqual(wrap([1, 2, 3, 4, 5]));
    expect(await drain(make(new Set([1, 2])))).toStrictEqual(wrap([1, 2]));
    expect(await drain(make(generator()))).toStrictEqual(wrap([1, 2]));
    expect(await drain(make("ab"))).toStrictEqual(wrap(["a", "b"]));
    expect(await drain(make([]))).toStrictEqual([]);
    expect(await drain(make(new WatchedSource()))).toStrictEqual([]);
  });

  test("passes on falsy items", async () => {
    const falsy = [undefined, null, 0, "", false, NaN];
    expect(await drain(make(falsy))).toStrictEqual(wrap(falsy));
    expect(await drain(make(new WatchedSource(...falsy.map((each) => item(each)))))).toStrictEqual(
      wrap(falsy),
    );
  });

  test("awaits promises that a plain iterable gives, as `for await` does", async () => {
    expect(await drain(make([Promise.resolve(1), 2]))).toStrictEqual(wrap([1, 2]));
  });

  test("reads nothing before the first item is asked for", async () => {
    const source = new WatchedSource(item(1));
    const stream = make(source);
    await flush();
    expect(source.opened).toBe(0);
    expect(await stream.next()).toStrictEqual({ done: false, value: wrap([1])[0] });
    expect(source.opened).toBe(1);
  });

  test("never reads further than its bound, nor asks before it was answered", async () => {
    const source = new WatchedSource(...Array.from({ length: 20 }, (_, index) => item(index)));
    const stream = make(source);
    for (let given = 1; given <= 10; given++) {
      await stream.next();
      await flush();
      expect(source.asked).toBe(given + bound);
    }
    expect(source.misused).toBe(false);
    await stream.return();
  });

  test("never reads a plain iterable further than its bound", async () => {
    let read = 0;
    const numbers = function* (): Generator<number> {
      for (;;) yield read++;
    };
    const stream = make(numbers());
    for (let given = 1; given <= 10; given++) {
      await stream.next();
      await flush();
      expect(read).toBe(given + bound);
    }
    await stream.return();
  });

  test("answers calls of next() that do not wait for each other in order, and ends them all", async () => {
    const stream = make(new WatchedSource(item(1), item(2)));
    const steps = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
    const end = { done: true, value: undefined };
    const [first, second] = wrap([1, 2]);
    expect(steps).toStrictEqual([{ done: false, value: first }, { done: false, value: second }, end, end]);
    expect(await stream.next()).toStrictEqual(end);
  });

  test("does not close a source that ended by itself", async () => {
    const source = new WatchedSource(item(1));
    const stream = make(source);
    await drain(stream);
    await stream.return();
    expect(source.closed).toBe(0);
    expect(source.misused).toBe(false);
  });

  test("is its own iterator", () => {
    const stream = make([]);
    expect(stream[Symbol.asyncIterator]()).toBe(stream);
  });

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

    test("leaves no listener", async () => {
      const { signal } = new AbortController();
      for await (const _ of make([1, 2, 3], { signal })) {
        expect(listeners(signal)).toBe(1);
        break;
      }
      expect(listeners(signal)).toBe(0);
    });
  });

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

  test("keeps the caller's AsyncLocalStorage context", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const ask = async (): Promise<(string | undefined)[]> => {
      const seen: (string | undefined)[] = [];
      for await (const _ of make(new WatchedSource(item(1, 5), item(2, 5)))) seen.push(user.getStore());
      return seen;
    };
    const both = (): Promise<unknown> => Promise.all([user.run("Ada", ask), user.run("Bob", ask)]);
    expect(await clock.run(both)).toStrictEqual([
      ["Ada", "Ada"],
      ["Bob", "Bob"],
    ]);
  });

  test.each([
    [undefined, "undefined"],
    [null, "null"],
    [5, "5"],
    [{}, "Object"],
    [Promise.resolve([]), "Promise"],
  ])("refuses a source that is no iterable at the call: %s", async (source, got) => {
    const [call = ""] = name.split("(");
    const what = call === "merge" ? "source 0" : "source";
    const type = typeof source === "number" ? RangeError : TypeError;
    const expected = new type(`${call}: ${what} must be an iterable or an async iterable, got ${got}`);
    expect(await rejection(untyped(make as never, source))).toStrictEqual(expected);
  });
});
