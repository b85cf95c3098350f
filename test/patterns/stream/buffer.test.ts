import { buffer, sleep } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { item, WatchedSource } from "../../support/sources.ts";
import { untyped } from "../../support/untyped.ts";
import { rejection } from "../../support/waiting.ts";

test("buffer() reads on while an item is used", async () => {
  using clock = virtualTime();
  const source = (): WatchedSource<number> => new WatchedSource(item(1, 10), item(2, 10), item(3, 10));
  const use = async (items: AsyncIterable<number>): Promise<number> => {
    const began = clock.now;
    for await (const _ of items) await sleep(10);
    return clock.now - began;
  };
  expect(await clock.run(() => use(buffer(source(), 0)))).toBe(60);
  expect(await clock.run(() => use(buffer(source(), 1)))).toBe(40);
});

test("buffer() of Infinity reads all there is", async () => {
  using clock = virtualTime();
  const source = new WatchedSource(...Array.from({ length: 100 }, (_, index) => item(index, 1)));
  const stream = buffer(source, Infinity);
  await clock.run(() => stream.next());
  await clock.advance(100);
  expect(source.over).toBe(true);
  await stream.return();
});

test.each([
  [-1, "-1", RangeError],
  [0.5, "0.5", RangeError],
  [NaN, "NaN", RangeError],
  [undefined, "undefined", TypeError],
])("buffer() refuses a size of %s at the call", async (size, got, type) => {
  const expected = new type(`buffer: size must be an integer >= 0 or Infinity, got ${got}`);
  expect(await rejection(untyped(buffer, [], size))).toStrictEqual(expected);
});
