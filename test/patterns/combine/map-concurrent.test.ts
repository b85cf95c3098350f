import { AsyncLocalStorage } from "node:async_hooks";
import { mapConcurrent, sleep, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";
import { Source } from "./source.ts";

/** Takes as long as the item says, unless told to stop. */
async function nap(ms: number, index: number, { signal }: TaskContext): Promise<string> {
  await sleep(ms, { signal });
  return `${index}:${ms}`;
}

describe("mapConcurrent() results", () => {
  test("stand in the order of the items, not of the ends", async () => {
    using clock = virtualTime();
    expect(await clock.run(() => mapConcurrent([30, 10, 20], nap))).toStrictEqual(["0:30", "1:10", "2:20"]);
    expect(clock.now).toBe(30);
  });

  test("come of a Set, a generator, an async generator and any async iterable", async () => {
    async function* numbers(): AsyncGenerator<number> {
      yield 1;
      yield 2;
    }
    const double = (n: number): number => n * 2;
    expect(await mapConcurrent(new Set([1, 2]), double)).toStrictEqual([2, 4]);
    expect(await mapConcurrent(new Map([["a", 1]]).values(), double)).toStrictEqual([2]);
    expect(await mapConcurrent(numbers(), double)).toStrictEqual([2, 4]);
    expect(await mapConcurrent({ [Symbol.asyncIterator]: numbers }, double)).toStrictEqual([2, 4]);
  });

  test("are an empty array where there are no items, without a call", async () => {
    const source = new Source(0);
    let calls = 0;
    const count = (): number => ++calls;
    expect(await mapConcurrent([], count)).toStrictEqual([]);
    expect(await mapConcurrent(source.async(), count)).toStrictEqual([]);
    expect(calls).toBe(0);
    expect(source.closed).toBe(0);
  });

  test("may be falsy, plain values or come of any thenable", async () => {
    const values = [undefined, 0, null, "", NaN];
    expect(await mapConcurrent(values, (value) => value)).toStrictEqual(values);
    expect(await mapConcurrent([1], () => thenable<string>((done) => done("then")))).toStrictEqual(["then"]);
  });

  test("come of an array as its iterator gives them: what is added or taken off on the way, and by an iterator of its own", async () => {
    const growing = [1, 2];
    const grow = (n: number): number => (n < 3 ? growing.push(n + 2) : n);
    expect(await mapConcurrent(growing, grow, { concurrency: 1 })).toStrictEqual([3, 4, 3, 4]);
    const shrinking = [1, 2, 3, 4];
    const shrink = (n: number): number | undefined => (n < 3 ? shrinking.pop() : n);
    expect(await mapConcurrent(shrinking, shrink, { concurrency: 1 })).toStrictEqual([4, 3]);
    class Backwards extends Array<number> {
      override *[Symbol.iterator](): ArrayIterator<number> {
        for (let index = this.length; index-- > 0;) yield this[index] ?? NaN;
      }
    }
    expect(await mapConcurrent(Backwards.of(1, 2, 3), (n) => n)).toStrictEqual([3, 2, 1]);
  });

  test("have undefined for what is missing in an array with holes", async () => {
    const holey = Array.from({ length: 3 }, (_, index) => index);
    Reflect.deleteProperty(holey, 1);
    expect(await mapConcurrent(holey, (value) => value ?? "none")).toStrictEqual([0, "none", 2]);
  });
});

describe("mapConcurrent() calls the mapper", () => {
  test("with the item, its index and one context for all", async () => {
    const calls: [string, number, TaskContext][] = [];
    await mapConcurrent(["a", "b"], (...args) => calls.push(args), { concurrency: 1 });
    const context = calls[0]?.[2];
    expect(calls).toStrictEqual([
      ["a", 0, context],
      ["b", 1, context],
    ]);
    expect(context?.attempt).toBe(1);
    expect(context?.signal.aborted).toBe(false);
  });

  test.each([1, 2, 3])("at most %s at once, the next as one ends", async (concurrency) => {
    using clock = virtualTime();
    let running = 0;
    let most = 0;
    const started: number[] = [];
    const mapper = async (ms: number): Promise<void> => {
      started.push(clock.now);
      most = Math.max(most, ++running);
      await sleep(ms);
      running--;
    };
    await clock.run(() => mapConcurrent([30, 10, 10, 5], mapper, { concurrency }));
    expect(most).toBe(concurrency);
    expect(started).toStrictEqual({ 1: [0, 30, 40, 50], 2: [0, 0, 10, 20], 3: [0, 0, 0, 10] }[concurrency]);
  });

  test("the same way with an async source", async () => {
    using clock = virtualTime();
    const source = new Source(4);
    const started: number[] = [];
    const mapper = async (): Promise<void> => {
      started.push(clock.now);
      await sleep(10);
    };
    await clock.run(() => mapConcurrent(source.async(5), mapper, { concurrency: 2 }));
    expect(started).toStrictEqual([5, 10, 20, 25]);
  });

  test.each([undefined, Infinity, 5])("for all items at once with a concurrency of %s", (concurrency) => {
    let calls = 0;
    void mapConcurrent([1, 2, 3, 4, 5], () => ++calls, { concurrency });
    expect(calls).toBe(5);
  });

  test("100,000 times without growing the stack", async () => {
    const source = new Source(100_000);
    expect(await mapConcurrent(source.sync(), (n) => n, { concurrency: 1 })).toHaveLength(100_000);
    expect(await mapConcurrent(new Source(10_000).async(), (n) => n, { concurrency: 3 })).toHaveLength(
      10_000,
    );
  });

  test("in the caller's AsyncLocalStorage context, for the items that waited too", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const mapper = async (): Promise<string | undefined> => {
      await sleep(1);
      return user.getStore();
    };
    const ask = (): Promise<unknown> => mapConcurrent([1, 2, 3], mapper, { concurrency: 1 });
    const askAsync = (): Promise<unknown> => mapConcurrent(new Source(2).async(), mapper, { concurrency: 1 });
    const both = (): Promise<unknown> => Promise.all([user.run("Ada", ask), user.run("Bob", askAsync)]);
    expect(await clock.run(both)).toStrictEqual([
      ["Ada", "Ada", "Ada"],
      ["Bob", "Bob"],
    ]);
  });

  test("without making an AbortController as long as no call reads `signal`, not even at a failure", async () => {
    using controllers = countControllers();
    await mapConcurrent([1, 2], (n) => n);
    await rejection(mapConcurrent([1, 2], () => Promise.reject(new Error("x"))));
    expect(controllers.made).toBe(0);
  });
});

describe.each([
  ["a sync source", (source: Source) => source.sync()],
  ["an async source", (source: Source) => source.async()],
] as const)("mapConcurrent() of %s", (kind, open) => {
  const async = kind === "an async source";

  test("takes an item only when its call can start", async () => {
    using clock = virtualTime();
    const source = new Source(10);
    const waiting = observe(mapConcurrent(open(source), () => sleep(10), { concurrency: 3 }));
    await clock.advance(9);
    expect(source.taken).toBe(3);
    await clock.advance(1);
    expect(source.taken).toBe(6);
    await clock.advance(100);
    expect(waiting.status).toBe("fulfilled");
    expect(source).toMatchObject({ taken: 10, closed: 0, overlaps: 0 });
  });

  test("never takes two items at the same time, however many calls may run", async () => {
    const source = new Source(50);
    expect(await mapConcurrent(open(source), (n) => n)).toHaveLength(50);
    expect(source).toMatchObject({ taken: 50, overlaps: 0 });
  });

  test("aborts the siblings with the first failure, takes no further item, and rejects once those that run are over", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const source = new Source(10);
      const error = new Error("first");
      const ends: unknown[] = [];
      const mapper = async (n: number, _: number, { signal }: TaskContext): Promise<void> => {
        if (n === 0) {
          await sleep(10);
          throw error;
        }
        // The second one does not listen.
        await sleep(50, n === 1 ? {} : { signal }).finally(() => ends.push([n, clock.now, signal.reason]));
        throw new Error("late");
      };
      const outcome = mapConcurrent(open(source), mapper, { concurrency: 3 });
      expect(await clock.run(() => rejection(outcome))).toBe(error);
      expect(ends).toStrictEqual([
        [2, 10, error],
        [1, 50, error],
      ]);
      expect(clock.now).toBe(50);
      expect(source).toMatchObject({ taken: 3, closed: 1 });
      expect(clock.pending).toStrictEqual([]);
    });
    expect(found).toStrictEqual([]);
  });

  test.each([undefined, null, 0, "", false])(
    "rejects with the falsy failure %s, thrown or rejected",
    async (error) => {
      const throwing = (): never => {
        throw error;
      };
      const [thrown, rejected] = [new Source(3), new Source(3)];
      expect(await rejection(mapConcurrent(open(thrown), throwing))).toBe(error);
      expect(thrown).toMatchObject({ taken: 1, closed: 1 });
      const reject = (): Promise<never> => Promise.reject(error);
      expect(await rejection(mapConcurrent(open(rejected), reject, { concurrency: 1 }))).toBe(error);
      expect(rejected).toMatchObject({ taken: 1, closed: 1 });
    },
  );

  test("follows the calls that run when aborted, then rejects with the reason itself", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { signal } = controller;
    const source = new Source(9);
    const signals: AbortSignal[] = [];
    const deaf = (_item: number, _index: number, context: TaskContext): Promise<void> => {
      signals.push(context.signal);
      return sleep(100);
    };
    const waiting = observe(mapConcurrent(open(source), deaf, { concurrency: 2, signal }));
    await clock.advance(10);
    expect(listeners(signal)).toBe(1);
    const reason = new Error("leave");
    controller.abort(reason);
    expect(signals.map((own) => own.reason)).toStrictEqual([reason, reason]);
    expect(source.closed).toBe(1);
    await clock.advance(89);
    expect(waiting.status).toBe("pending");
    await clock.advance(1_000);
    expect(waiting).toMatchObject({ status: "rejected", at: 100 });
    expect(waiting.reason).toBe(reason);
    expect(source).toMatchObject({ taken: 2, closed: 1 });
    expect(listeners(signal)).toBe(0);
  });

  test("keeps the first failure when an abort follows, and the abort's reason when a failure follows", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { signal } = controller;
    const failing = async (ms: number): Promise<void> => {
      await sleep(ms);
      throw ms;
    };
    const outcome = rejection(mapConcurrent([10, 30], failing, { signal }));
    await clock.advance(20);
    controller.abort(20);
    await clock.advance(20);
    expect(await outcome).toBe(10);
    const second = new AbortController();
    const aborted = rejection(mapConcurrent([10], failing, second));
    second.abort(5);
    await clock.advance(10);
    expect(await aborted).toBe(5);
  });

  test("does not even open the source when aborted before", async () => {
    const reason = new Error("before");
    let opened = 0;
    const source = {
      [async ? Symbol.asyncIterator : Symbol.iterator]: () => {
        opened++;
        return open(new Source(1));
      },
    } as unknown as Iterable<number>;
    const outcome = mapConcurrent(source, (n) => n, { signal: AbortSignal.abort(reason) });
    expect(await rejection(outcome)).toBe(reason);
    expect(opened).toBe(0);
  });

  test("makes no call for an item whose taking aborted the caller's signal, and closes the source", async () => {
    const controller = new AbortController();
    const source = new Source(3);
    source.onTake = () => controller.abort("enough");
    let calls = 0;
    expect(await rejection(mapConcurrent(open(source), () => ++calls, controller))).toBe("enough");
    await flush();
    expect(calls).toBe(0);
    expect(source).toMatchObject({ taken: 1, closed: 1 });
  });

  test("makes no further call when one aborts the caller's signal as it starts", async () => {
    const controller = new AbortController();
    const source = new Source(3);
    let calls = 0;
    const mapper = (): void => {
      calls++;
      controller.abort("enough");
    };
    expect(await rejection(mapConcurrent(open(source), mapper, controller))).toBe("enough");
    expect(calls).toBe(1);
    expect(source).toMatchObject({ taken: 1, closed: 1 });
  });

  test("rejects with the source's own failure once those that run are over, and does not close it", async () => {
    using clock = virtualTime();
    const error = new Error("torn");
    const source = new Source(3);
    source.onTake = () => {
      if (source.taken === 2) throw error;
    };
    let signal: AbortSignal | undefined;
    const mapper = async (_item: number, _index: number, context: TaskContext): Promise<void> => {
      ({ signal } = context);
      await sleep(10);
    };
    expect(await clock.run(() => rejection(mapConcurrent(open(source), mapper)))).toBe(error);
    expect(clock.now).toBe(10);
    expect(signal?.reason).toBe(error);
    expect(source).toMatchObject({ taken: 2, closed: 0 });
  });

  test("closes no source that has ended when a call fails later", async () => {
    using clock = virtualTime();
    const source = new Source(2);
    const error = new Error("late");
    const mapper = async (n: number): Promise<void> => {
      await sleep(10 * n);
      if (n === 1) throw error;
    };
    expect(await clock.run(() => rejection(mapConcurrent(open(source), mapper)))).toBe(error);
    expect(source).toMatchObject({ taken: 2, closed: 0 });
  });

  test("rejects with the failure also when the source cannot be closed or has no return()", async () => {
    const error = new Error("first");
    const fail = (): never => {
      throw error;
    };
    const broken = new Source(2);
    broken.onClose = () => {
      throw new Error("cannot close");
    };
    const found = await complaints(async () => {
      expect(await rejection(mapConcurrent(open(broken), fail))).toBe(error);
      const step = { done: false, value: 1 };
      const bare = {
        [async ? Symbol.asyncIterator : Symbol.iterator]: () => ({ next: () => step }),
      } as unknown as Iterable<number>;
      expect(await rejection(mapConcurrent(bare, fail))).toBe(error);
    });
    expect(broken.closed).toBe(1);
    expect(found).toStrictEqual([]);
  });
});

describe("mapConcurrent() of an async source", () => {
  test("waits for the source to close", async () => {
    using clock = virtualTime();
    const source = new Source(3);
    source.onClose = () => sleep(20);
    // One call at a time: the source owes nothing when it fails.
    const outcome = mapConcurrent(source.async(), () => Promise.reject(new Error("x")), { concurrency: 1 });
    await clock.run(() => rejection(outcome));
    expect(clock.now).toBe(20);
  });

  test("does not wait for a source that owes an item, but asks it to close", async () => {
    const found = await complaints(async () => {
      const controller = new AbortController();
      const source = new Source(3);
      source.onTake = () => deferred().promise;
      source.onClose = () => {
        throw new Error("cannot close");
      };
      const outcome = rejection(mapConcurrent(source.async(), (n) => n, controller));
      await flush();
      controller.abort("enough");
      expect(await outcome).toBe("enough");
      expect(source).toMatchObject({ taken: 1, closed: 1 });
      const generator = (async function* stuck(): AsyncGenerator<number> {
        yield 1;
        await deferred().promise;
      })();
      const error = new Error("down");
      expect(await rejection(mapConcurrent(generator, () => Promise.reject(error)))).toBe(error);
    });
    expect(found).toStrictEqual([]);
  });

  test("drops an item that comes after the abort, and a failure of the source", async () => {
    for (const late of ["item", "failure"] as const) {
      const found = await complaints(async () => {
        const controller = new AbortController();
        const source = new Source(3);
        const owed = deferred();
        source.onTake = () => owed.promise;
        let calls = 0;
        const outcome = rejection(mapConcurrent(source.async(), () => ++calls, controller));
        controller.abort("enough");
        if (late === "item") owed.resolve();
        else owed.reject(new Error("late"));
        expect(await outcome).toBe("enough");
        await flush();
        expect(calls).toBe(0);
        expect(source).toMatchObject({ taken: 1, closed: 1 });
      });
      expect(found).toStrictEqual([]);
    }
  });

  test("takes a source that throws instead of giving a promise for one that fails", async () => {
    const error = new Error("sync");
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: (): never => {
          throw error;
        },
      }),
    };
    expect(await rejection(mapConcurrent(source, (n) => n))).toBe(error);
  });

  test("rejects with what the opening of a source throws, and leaves no listener", async () => {
    const { signal } = new AbortController();
    const error = new Error("cannot open");
    const source = {
      [Symbol.asyncIterator]: (): never => {
        throw error;
      },
    };
    expect(await rejection(mapConcurrent(source, (n) => n, { signal }))).toBe(error);
    expect(listeners(signal)).toBe(0);
  });

  test("prefers the async way of a source that has both", async () => {
    const both = { ...new Source(1).async(), [Symbol.iterator]: () => new Source(5).sync() };
    expect(await mapConcurrent(both, (n) => n)).toStrictEqual([0]);
  });
});

test("mapConcurrent() takes a string by its characters", async () => {
  expect(await mapConcurrent("añ𝄞", (item, index) => item + index)).toEqual(["a0", "ñ1", "𝄞2"]);
});

describe("mapConcurrent() refuses", () => {
  test.each([
    [5, RangeError, "5"],
    [null, TypeError, "null"],
    [undefined, TypeError, "undefined"],
    [{ a: 1 }, TypeError, "Object"],
    [Promise.resolve([1]), TypeError, "Promise"],
    [() => [1], TypeError, "Function"],
  ])("what is no iterable %#", async (items, type, got) => {
    expect(await rejection(untyped(mapConcurrent, items, () => 1))).toStrictEqual(
      new type(`mapConcurrent: items must be an iterable or an async iterable, got ${got}`),
    );
  });

  test("what is no function, taking nothing", async () => {
    const source = new Source(1);
    expect(await rejection(untyped(mapConcurrent, source.sync(), "double"))).toStrictEqual(
      new TypeError('mapConcurrent: mapper must be a function, got "double"'),
    );
    expect(source.taken).toBe(0);
  });

  test.each([
    [0, RangeError, "0"],
    [-1, RangeError, "-1"],
    [1.5, RangeError, "1.5"],
    [NaN, RangeError, "NaN"],
    ["2", TypeError, '"2"'],
    [null, TypeError, "null"],
  ])("a concurrency of %j", async (concurrency, type, got) => {
    expect(await rejection(untyped(mapConcurrent, [1], () => 1, { concurrency }))).toStrictEqual(
      new type(`mapConcurrent: concurrency must be an integer >= 1 or Infinity, got ${got}`),
    );
  });
});
