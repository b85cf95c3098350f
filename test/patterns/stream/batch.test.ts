import { batch, sleep } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { drain, failure, item, silence, WatchedSource } from "../../support/sources.ts";
import { untyped } from "../../support/untyped.ts";
import { rejection } from "../../support/waiting.ts";

describe("batch()", () => {
  test.each([
    [1, [[1], [2], [3], [4], [5]]],
    [2, [[1, 2], [3, 4], [5]]],
    [5, [[1, 2, 3, 4, 5]]],
    [6, [[1, 2, 3, 4, 5]]],
    [Infinity, [[1, 2, 3, 4, 5]]],
  ])("groups by %d, the last batch being smaller, never empty", async (size, expected) => {
    const items = [1, 2, 3, 4, 5];
    expect(await drain(batch(items, { size }))).toStrictEqual(expected);
    const source = new WatchedSource(...items.map((each) => item(each)));
    expect(await drain(batch(source, { size, within: 5 }))).toStrictEqual(expected);
    expect(await drain(batch([], { size }))).toStrictEqual([]);
  });

  test("collects the next batch while one is used, and reads no further than that", async () => {
    using clock = virtualTime();
    const source = new WatchedSource(...Array.from({ length: 20 }, (_, index) => item(index, 1)));
    const stream = batch(source, { size: 3 });
    await clock.run(() => stream.next());
    await clock.advance(50);
    expect(source.asked).toBe(6);
    expect(await stream.next()).toStrictEqual({ done: false, value: [3, 4, 5] });
    expect(source.misused).toBe(false);
    await stream.return();
  });

  test("gives what was read before the source failed, before the failure", async () => {
    using clock = virtualTime();
    const steps = [item(1), item(2), item(3), failure("down", 5)];
    const stream = batch(new WatchedSource(...steps), { size: 2, within: 100 });
    expect(await clock.run(() => drain(stream))).toStrictEqual([[1, 2], [3], { thrown: "down" }]);
    expect(clock.now).toBe(5);
    expect(clock.pending).toStrictEqual([]);
  });
});

describe("batch({ within })", () => {
  test("gives a part batch that long after its first item was read, and leaves no timer", async () => {
    using clock = virtualTime();
    const steps = [item("a", 10), item("b", 30), item("c", 100), item("d", 10), silence];
    const stream = batch(new WatchedSource(...steps), { size: 10, within: 50 });
    const batches = [1, 2].map(() => observe(stream.next()));
    await clock.advance(59);
    expect(batches[0]?.status).toBe("pending");
    await clock.advance(1);
    expect(batches[0]).toMatchObject({ at: 60, value: { value: ["a", "b"] } });
    expect(clock.pending).toHaveLength(1);
    await clock.advance(1_000);
    // c came at 140.
    expect(batches[1]).toMatchObject({ at: 190, value: { value: ["c", "d"] } });
    expect(clock.pending).toStrictEqual([]);
    await stream.return();
  });

  test("takes in an item that is due with the end of the time", async () => {
    using clock = virtualTime();
    const rows = async function* (): AsyncGenerator<string> {
      yield "first";
      await sleep(50);
      yield "just in time";
      await sleep(1_000);
    };
    const stream = batch(rows(), { size: 10, within: 50 });
    const first = await clock.run(() => stream.next());
    expect(first.value).toStrictEqual(["first", "just in time"]);
    expect(clock.now).toBe(50);
    await clock.run(() => drain(stream));
  });

  test("starts no time for a full batch, and ends it when one fills up", async () => {
    using clock = virtualTime();
    const steps = [item(1), item(2, 10), item(3, 10), item(4, 10), silence];
    const stream = batch(new WatchedSource(...steps), { size: 2, within: 100 });
    expect((await clock.run(() => stream.next())).value).toStrictEqual([1, 2]);
    await clock.advance(15);
    expect(clock.pending.map(({ due }) => due)).toContain(120);
    await clock.advance(5);
    expect(clock.pending).toStrictEqual([]);
    expect((await stream.next()).value).toStrictEqual([3, 4]);
    await stream.return();
  });

  test("goes on filling a batch whose time is up while nobody asks for it", async () => {
    using clock = virtualTime();
    const steps = [item(1), item(2), item(3, 100), item(4, 100), silence];
    const stream = batch(new WatchedSource(...steps), { size: 3, within: 10 });
    expect((await clock.run(() => stream.next())).value).toStrictEqual([1, 2]);
    await clock.advance(150);
    expect(clock.pending.map(({ due }) => due)).toStrictEqual([200]);
    expect((await stream.next()).value).toStrictEqual([3]);
    await clock.advance(60);
    expect((await stream.next()).value).toStrictEqual([4]);
    await stream.return();
  });

  test("of 0 gives what is there in the next turn of the timers", async () => {
    using clock = virtualTime();
    const stream = batch(new WatchedSource(item(1), item(2), silence), { size: 10, within: 0 });
    expect((await clock.run(() => stream.next())).value).toStrictEqual([1, 2]);
    expect(clock.now).toBe(0);
    await stream.return();
  });

  test.each([2 ** 31, Infinity])("of %d ms keeps its word", async (within) => {
    using clock = virtualTime();
    const stream = batch(new WatchedSource(item(1), silence), { size: 2, within });
    const waiting = observe(stream.next());
    await clock.advance(2 ** 31 - 1);
    expect(waiting.status).toBe("pending");
    await clock.advance(1);
    expect(waiting.status).toBe(within === Infinity ? "pending" : "fulfilled");
    await stream.return();
    expect(clock.pending).toStrictEqual([]);
  });

  test.each(["end", "failure", "break", "abort"])("leaves no timer after an early %s", async (way) => {
    using clock = virtualTime();
    const controller = new AbortController();
    const last = way === "end" ? [] : [way === "failure" ? failure("down", 5) : silence];
    const source = new WatchedSource(item(1), item(2), item(3, 5), ...last);
    const stream = batch(source, { size: 2, within: 1_000, signal: controller.signal });
    await clock.run(() => stream.next());
    await clock.advance(5);
    if (way === "end") expect(clock.pending).toStrictEqual([]);
    else expect(clock.pending).not.toStrictEqual([]);
    await clock.advance(5);
    if (way === "break") await stream.return();
    if (way === "abort") controller.abort();
    expect(clock.pending).toStrictEqual([]);
  });
});

describe("batch() refuses at the call", () => {
  test.each([
    [0, "0", RangeError],
    [1.5, "1.5", RangeError],
    [NaN, "NaN", RangeError],
    ["2", '"2"', TypeError],
    [undefined, "undefined", TypeError],
  ])("a size of %s", async (size, got, type) => {
    const expected = new type(`batch: size must be an integer >= 1 or Infinity, got ${got}`);
    expect(await rejection(untyped(batch, [], { size }))).toStrictEqual(expected);
  });

  test.each([
    [-1, "-1", RangeError],
    [NaN, "NaN", RangeError],
    ["5", '"5"', TypeError],
  ])("a time of %s", async (within, got, type) => {
    const expected = new type(`batch: within must be a number >= 0, got ${got}`);
    expect(await rejection(untyped(batch, [], { size: 1, within }))).toStrictEqual(expected);
  });
});
