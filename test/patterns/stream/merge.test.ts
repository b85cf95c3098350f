import { merge, sleep } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { drain, failure, item, silence, WatchedSource } from "../../support/sources.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, flush, rejection } from "../../support/waiting.ts";

test("merge() gives the items of all sources as they come", async () => {
  using clock = virtualTime();
  const slow = new WatchedSource(item("slow 50", 50), item("slow 60", 10));
  const quick = new WatchedSource(item("quick 20", 20), item("quick 40", 20), item("quick 55", 15));
  expect(await clock.run(() => drain(merge([slow, quick])))).toStrictEqual([
    "quick 20",
    "quick 40",
    "slow 50",
    "quick 55",
    "slow 60",
  ]);
});

test("merge() takes any iterable of sources, mixed, and none", async () => {
  const sources = new Set<Iterable<number> | AsyncIterable<number>>([[1, 2], new WatchedSource(item(3))]);
  expect(new Set(await drain(merge(sources)))).toStrictEqual(new Set([1, 2, 3]));
  expect(await drain(merge([]))).toStrictEqual([]);
  expect(await drain(merge([[], []]))).toStrictEqual([]);
});

test("merge() lets no source that always has an item push the others aside", async () => {
  const endless = function* (name: string): Generator<string> {
    for (;;) yield name;
  };
  const seen: string[] = [];
  for await (const name of merge([endless("a"), endless("b"), endless("c")])) {
    seen.push(name);
    if (seen.length === 9) break;
  }
  expect(seen).toStrictEqual(["a", "b", "c", "a", "b", "c", "a", "b", "c"]);
});

test("merge() reads each source one item ahead, no further", async () => {
  const sources = [1, 2, 3].map(() => new WatchedSource(item(1), item(2), item(3)));
  const stream = merge(sources);
  await stream.next();
  await flush();
  expect(sources.map(({ asked }) => asked)).toStrictEqual([2, 1, 1]);
  await stream.next();
  await flush();
  expect(sources.map(({ asked }) => asked)).toStrictEqual([2, 2, 1]);
  await stream.return();
});

test("merge() closes every source when it is left, also those that owe an item", async () => {
  using clock = virtualTime();
  const sources = [
    new WatchedSource(item(1), item(2)),
    new WatchedSource(silence),
    new WatchedSource(item(3)),
    new WatchedSource(),
  ];
  for (const source of sources) source.closing = sleep(30);
  const leaving = async (): Promise<void> => {
    for await (const _ of merge(sources)) {
      await sleep(10);
      break;
    }
  };
  await clock.run(leaving);
  expect(sources.map(({ closed }) => closed)).toStrictEqual([1, 1, 1, 0]);
  expect(clock.now).toBe(30);
});

test("merge() gives what was read before a failure, closes the other sources and throws it", async () => {
  const found = await complaints(async () => {
    using clock = virtualTime();
    const error = new Error("down");
    const others = [new WatchedSource(item("kept"), item("late", 50)), new WatchedSource(silence)];
    const failing = new WatchedSource(failure(error, 5));
    const stream = merge([...others, failing]);
    expect(await clock.run(() => stream.next())).toStrictEqual({ done: false, value: "kept" });
    const waiting = observe(stream.next());
    await clock.advance(5);
    expect(waiting).toMatchObject({ status: "rejected", at: 5 });
    expect(waiting.reason).toBe(error);
    expect(others.map(({ closed }) => closed)).toStrictEqual([1, 1]);
    expect(failing.closed).toBe(0);
    await clock.advance(100);
    expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
  });
  expect(found).toStrictEqual([]);
});

test("merge() gives items that lay ready when a source failed", async () => {
  const error = new Error("down");
  const stream = merge([
    new WatchedSource(item(1)),
    new WatchedSource(item(2)),
    new WatchedSource(failure(error)),
  ]);
  expect(await drain(stream)).toStrictEqual([1, 2, { thrown: error }]);
});

test("merge() throws the first failure, and drops a second", async () => {
  const found = await complaints(async () => {
    using clock = virtualTime();
    const stream = merge([new WatchedSource(failure("b", 20)), new WatchedSource(failure("a", 10))]);
    expect(await clock.run(() => drain(stream))).toStrictEqual([{ thrown: "a" }]);
    await clock.advance(50);
  });
  expect(found).toStrictEqual([]);
});

test("merge() asks no further source when one fails as it is asked or opened", async () => {
  const error = new Error("thrown");
  const fail = (): never => {
    throw error;
  };
  const [before, after] = [new WatchedSource(item(1)), new WatchedSource(item(1))];
  const next = { [Symbol.asyncIterator]: () => ({ next: fail }) };
  expect(await rejection(merge([next, after]).next())).toBe(error);
  expect(after).toMatchObject({ asked: 0, opened: 1, closed: 1 });
  expect(await rejection(merge([before, { [Symbol.asyncIterator]: fail }]).next())).toBe(error);
  expect(before).toMatchObject({ asked: 0, opened: 1, closed: 1 });
});

test.each([
  [undefined, "undefined"],
  [{}, "Object"],
  [new WatchedSource(), "Object"],
])("merge() refuses sources that are no iterable: %s", async (sources, got) => {
  const expected = new TypeError(`merge: sources must be an iterable of sources, got ${got}`);
  expect(await rejection(untyped(merge, sources))).toStrictEqual(expected);
});

test("merge() says which source is none", async () => {
  const expected = new TypeError("merge: source 1 must be an iterable or an async iterable, got null");
  expect(await rejection(untyped(merge, [[], null]))).toStrictEqual(expected);
});
