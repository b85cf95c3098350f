import { AsyncLocalStorage } from "node:async_hooks";
import { virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { drain, item, WatchedSource } from "../../support/sources.ts";
import { untyped } from "../../support/untyped.ts";
import { flush, rejection } from "../../support/waiting.ts";
import { streams } from "./streams.ts";

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
