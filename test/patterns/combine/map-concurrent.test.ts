import { AsyncLocalStorage } from "node:async_hooks";
import { mapConcurrent, sleep, type TaskContext } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { rejection } from "../../support/waiting.ts";
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
