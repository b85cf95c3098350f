import { mapStream, sleep, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { drain, failure, item, WatchedSource } from "../../support/sources.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, rejection } from "../../support/waiting.ts";
import { deaf, nap } from "./naps.ts";

describe("mapStream()", () => {
  test("gives the results in the order of the items, whichever call ends first", async () => {
    using clock = virtualTime();
    expect(await clock.run(() => drain(mapStream([30, 10, 20], nap, { concurrency: 3 })))).toStrictEqual([
      30, 10, 20,
    ]);
    expect(clock.now).toBe(30);
  });

  test("gives the results as they come with ordered: false", async () => {
    using clock = virtualTime();
    const options = { concurrency: 3, ordered: false };
    expect(await clock.run(() => drain(mapStream([30, 10, 20], nap, options)))).toStrictEqual([10, 20, 30]);
    expect(clock.now).toBe(30);
  });

  test.each([true, false])(
    "runs as many calls at once as it may and no more (ordered: %s)",
    async (ordered) => {
      using clock = virtualTime();
      let running = 0;
      const seen: number[] = [];
      const work = async (ms: number): Promise<number> => {
        seen.push(++running);
        await sleep(ms);
        running--;
        return ms;
      };
      const stream = mapStream([10, 10, 10, 10, 10], work, { concurrency: 2, ordered });
      await clock.run(() => drain(stream));
      expect(seen).toStrictEqual([1, 2, 2, 2, 2]);
      expect(clock.now).toBe(30);
    },
  );

  test("makes one call at a time by default, in order", async () => {
    using clock = virtualTime();
    let most = 0;
    let running = 0;
    const work = async (ms: number): Promise<number> => {
      most = Math.max(most, ++running);
      await sleep(ms);
      running--;
      return ms;
    };
    for (const options of [
      undefined,
      {},
      { concurrency: undefined, ordered: undefined, signal: undefined },
    ]) {
      expect(await clock.run(() => drain(mapStream([3, 1, 2], work, options)))).toStrictEqual([3, 1, 2]);
    }
    expect(most).toBe(1);
  });

  test("takes a concurrency of Infinity", async () => {
    using clock = virtualTime();
    await clock.run(() => drain(mapStream([5, 5, 5, 5], nap, { concurrency: Infinity })));
    expect(clock.now).toBe(5);
  });

  test("counts a result that waits behind a slow one as not used yet", async () => {
    using clock = virtualTime();
    const source = new WatchedSource(...[100, 1, 1, 1, 1].map((ms) => item(ms)));
    const stream = mapStream(source, nap, { concurrency: 3 });
    const first = observe(stream.next());
    await clock.advance(50);
    expect(source.asked).toBe(3);
    await clock.advance(50);
    expect(first.value).toStrictEqual({ done: false, value: 100 });
    expect(source.asked).toBe(4);
    await stream.return();
  });

  test("hands over the item, its index and a context of attempt 1", async () => {
    const given: unknown[] = [];
    const note = (...args: unknown[]): void => {
      given.push(...args.slice(0, 2), (args[2] as TaskContext).attempt, args.length);
    };
    await drain(mapStream(["a", "b"], note));
    expect(given).toStrictEqual(["a", 0, 1, 3, "b", 1, 1, 3]);
  });

  test("makes no AbortController if no call reads `signal`, even when it fails", async () => {
    using controllers = countControllers();
    await drain(mapStream([1, 2, 3], (n) => n, { concurrency: 2 }));
    await drain(mapStream([1, 2, 3], () => Promise.reject(new Error("no")), { concurrency: 2 }));
    expect(controllers.made).toBe(0);
  });

  test("takes plain results and thenables", async () => {
    const give = (n: number): unknown => (n === 1 ? thenable<string>((done) => done("then")) : undefined);
    expect(await drain(mapStream([1, 2], give))).toStrictEqual(["then", undefined]);
  });
});

describe("mapStream() when a call fails", () => {
  test.each([new Error("down"), undefined, null, 0])(
    "throws %s itself, thrown or rejected",
    async (error) => {
      for (const ordered of [true, false]) {
        const throwing = (): never => {
          throw error;
        };
        expect(await drain(mapStream([1], throwing, { ordered }))).toStrictEqual([{ thrown: error }]);
        const rejecting = (): Promise<never> => Promise.reject(error);
        expect(await drain(mapStream([1], rejecting, { ordered }))).toStrictEqual([{ thrown: error }]);
      }
    },
  );

  test("in order, gives the results of the items before it first, and tells the calls after it at once", async () => {
    using clock = virtualTime();
    const error = new Error("second");
    const told: [number, unknown, number][] = [];
    const source = new WatchedSource(...[30, 10, 50, 5, 7].map((ms) => item(ms)));
    const work = async (ms: number, index: number, context: TaskContext): Promise<number> => {
      const { signal } = context;
      signal.addEventListener("abort", () => told.push([index, signal.reason, clock.now]));
      if (index !== 1) return nap(ms, index, context);
      await sleep(ms);
      throw error;
    };
    const outcome = await clock.run(() => drain(mapStream(source, work, { concurrency: 4 })));
    expect(outcome).toStrictEqual([30, { thrown: error }]);
    // The fourth was over, but its result was not given.
    expect(told).toStrictEqual([
      [2, error, 10],
      [3, error, 10],
    ]);
    expect(clock.now).toBe(30);
    expect(source.asked).toBe(4);
    expect(source.closed).toBe(1);
    expect(clock.pending).toStrictEqual([]);
  });

  test("in order, throws the failure of the earliest item if several fail", async () => {
    using clock = virtualTime();
    const work = async (ms: number): Promise<never> => {
      await sleep(ms);
      throw ms;
    };
    const stream = mapStream([30, 20, 10, 40], work, { concurrency: 4 });
    expect(await clock.run(() => drain(stream))).toStrictEqual([{ thrown: 30 }]);
    expect(clock.now).toBe(40);
  });

  test("out of order, gives what had come first, tells the calls that run and drops their results", async () => {
    using clock = virtualTime();
    const error = new Error("20");
    const told: [number, unknown][] = [];
    const work = async (ms: number, _index: number, { signal }: TaskContext): Promise<number> => {
      signal.addEventListener("abort", () => told.push([ms, signal.reason]));
      await sleep(ms);
      if (ms === 20) throw error;
      return ms;
    };
    const source = new WatchedSource(...[30, 20, 10, 5].map((ms) => item(ms)));
    const stream = mapStream(source, work, { concurrency: 4, ordered: false });
    const first = await clock.run(() => stream.next());
    expect(first.value).toBe(5);
    await clock.advance(20);
    expect(await stream.next()).toStrictEqual({ done: false, value: 10 });
    expect(told).toStrictEqual([[30, error]]);
    const failed = observe(stream.next());
    await clock.advance(4);
    expect(failed.status).toBe("pending");
    await clock.advance(1);
    expect(failed).toMatchObject({ status: "rejected", at: 30 });
    expect(failed.reason).toBe(error);
    expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
    expect(source.closed).toBe(0);
  });

  test("goes on only when the calls that run are over and the source is closed", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      for (const ordered of [true, false]) {
        const began = clock.now;
        const source = new WatchedSource(item(5), item(100), item(1));
        source.closing = sleep(60);
        const work = async (ms: number): Promise<number> => {
          await deaf(ms);
          if (ms === 5) throw new Error("5");
          throw new Error("told, and failing");
        };
        const stream = mapStream(source, work, { concurrency: 2, ordered });
        expect(await clock.run(() => drain(stream))).toStrictEqual([{ thrown: new Error("5") }]);
        expect(clock.now - began).toBe(100);
        expect(source.closed).toBe(1);
      }
    });
    expect(found).toStrictEqual([]);
  });

  test("and is left while the source is still being closed, waits for that", async () => {
    using clock = virtualTime();
    const source = new WatchedSource(item(5), item(5));
    source.closing = sleep(60);
    const stream = mapStream(source, () => Promise.reject(new Error("call")), { concurrency: 1 });
    const failing = observe(stream.next());
    await clock.advance(10);
    const leaving = [observe(stream.return()), observe(stream.return())];
    await clock.advance(100);
    const end = { done: true, value: undefined };
    for (const each of [failing, ...leaving]) expect(each).toMatchObject({ at: 60, value: end });
    expect(source.closed).toBe(1);
  });

  test("waits for the closing of the source, and drops what that fails with", async () => {
    using clock = virtualTime();
    const source = new WatchedSource(item(5), item(5));
    source.closing = sleep(60).then(() => Promise.reject(new Error("not closed")));
    source.closing.catch(() => {});
    const work = async (ms: number): Promise<never> => {
      await sleep(ms);
      throw new Error("call");
    };
    expect(await clock.run(() => drain(mapStream(source, work)))).toStrictEqual([
      { thrown: new Error("call") },
    ]);
    expect(clock.now).toBe(60);
  });

  test("prefers it to a later failure of the source", async () => {
    using clock = virtualTime();
    const work = async (ms: number): Promise<never> => {
      await sleep(ms);
      throw ms;
    };
    for (const ordered of [true, false]) {
      const source = new WatchedSource(item(20), item(10), failure("source"));
      const stream = mapStream(source, work, { concurrency: 3, ordered });
      expect(await clock.run(() => drain(stream))).toStrictEqual([{ thrown: ordered ? 20 : 10 }]);
    }
  });
});

describe("mapStream() when its source fails", () => {
  test.each([true, false])(
    "follows the calls to their end and gives their results (ordered: %s)",
    async (ordered) => {
      using clock = virtualTime();
      const signals: AbortSignal[] = [];
      const work = async (ms: number, index: number, context: TaskContext): Promise<number> => {
        signals.push(context.signal);
        return nap(ms, index, context);
      };
      const source = new WatchedSource(item(20), item(10), failure("source"));
      const outcome = await clock.run(() => drain(mapStream(source, work, { concurrency: 5, ordered })));
      expect(outcome).toStrictEqual([...(ordered ? [20, 10] : [10, 20]), { thrown: "source" }]);
      expect(signals.map(({ aborted }) => aborted)).toStrictEqual([false, false]);
    },
  );

  test("still hears of an abort while they run", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const source = new WatchedSource(item(500), failure("source"));
    const waiting = observe(mapStream(source, nap, { concurrency: 2, signal: controller.signal }).next());
    await clock.advance(10);
    controller.abort("enough");
    await clock.advance(0);
    expect(waiting).toMatchObject({ status: "rejected", reason: "enough", at: 10 });
    expect(clock.pending).toStrictEqual([]);
  });
});

describe("mapStream() refuses at the call", () => {
  test.each([
    [undefined, "undefined"],
    ["x", '"x"'],
    [Promise.resolve(), "Promise"],
  ])("an fn that is no function: %s", async (fn, got) => {
    const expected = new TypeError(`mapStream: fn must be a function, got ${got}`);
    expect(await rejection(untyped(mapStream, [1], fn))).toStrictEqual(expected);
  });

  test.each([
    [0, "0", RangeError],
    [-1, "-1", RangeError],
    [1.5, "1.5", RangeError],
    [NaN, "NaN", RangeError],
    ["2", '"2"', TypeError],
    [null, "null", TypeError],
  ])("a concurrency of %s", async (concurrency, got, type) => {
    const expected = new type(`mapStream: concurrency must be an integer >= 1 or Infinity, got ${got}`);
    expect(await rejection(untyped(mapStream, [1], () => 1, { concurrency }))).toStrictEqual(expected);
  });
});
