import { describe, expect, test } from "vitest";
import { AsyncQueue } from "yieldpoint";
import { observe } from "yieldpoint/testing";
import { flush, listeners, rejection } from "../../support/waiting.ts";

const reason = new Error("gave up");
const over = { value: undefined, done: true };

function filled(...items: number[]): AsyncQueue<number> {
  const queue = new AsyncQueue<number>();
  for (const item of items) queue.tryPut(item);
  return queue;
}

describe("for await over an AsyncQueue", () => {
  test("takes items as they come, and ends when the queue is closed and empty", async () => {
    const queue = filled(1, 2);
    const seen: number[] = [];
    const loop = (async () => {
      for await (const item of queue) seen.push(item);
    })();
    await flush();
    expect(seen).toEqual([1, 2]);
    await queue.put(3);
    await queue.put(4);
    queue.close();
    await loop;
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  test("leaving it neither closes the queue nor loses an item", async () => {
    const queue = filled(1, 2, 3, 4);
    for await (const item of queue) if (item === 2) break;
    expect(queue.stats()).toMatchObject({ size: 2, consumers: 0, closed: false });
    await queue.put(5);
    queue.close();
    const rest: number[] = [];
    for await (const item of queue) rest.push(item);
    expect(rest).toEqual([3, 4, 5]);
  });

  test("leaving it by a throw neither closes the queue nor loses an item", async () => {
    const queue = filled(1, 2);
    const loop = async (): Promise<void> => {
      for await (const item of queue) if (item === 1) throw reason;
    };
    expect(await rejection(loop())).toBe(reason);
    expect(queue.stats()).toMatchObject({ size: 1, closed: false });
    expect(await queue.get()).toBe(2);
  });

  test("several share the items, each item goes to one", async () => {
    const queue = new AsyncQueue<number>({ capacity: 2 });
    const seen: number[][] = [[], [], []];
    const loops = seen.map(async (list) => {
      for await (const item of queue) {
        list.push(item);
        await flush();
      }
    });
    for (let n = 0; n < 30; n++) await queue.put(n);
    queue.close();
    await Promise.all(loops);
    expect(new Set(seen.flat())).toEqual(new Set(Array(30).keys()));
    expect(seen.flat()).toHaveLength(30);
    expect(seen.every((list) => list.length >= 9)).toBe(true);
  });

  test("gives up with the reason of the signal that values() was given", async () => {
    const queue = filled(1);
    const controller = new AbortController();
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const item of queue.values(controller)) seen.push(item);
    };
    const looping = rejection(loop());
    await flush();
    expect(queue.stats().consumers).toBe(1);
    controller.abort(reason);
    expect(await looping).toBe(reason);
    expect(seen).toEqual([1]);
    expect(queue.stats()).toMatchObject({ consumers: 0, closed: false });
    expect(listeners(controller.signal)).toBe(0);
  });
});

describe("the iterator of an AsyncQueue", () => {
  test("is its own iterable, and several are independent", async () => {
    const queue = filled(1, 2, 3);
    const [one, other] = [queue.values(), queue[Symbol.asyncIterator]()];
    expect(one[Symbol.asyncIterator]()).toBe(one);
    expect(await one.next()).toEqual({ value: 1, done: false });
    expect(await other.next()).toEqual({ value: 2, done: false });
    await one.return?.();
    expect(await one.next()).toEqual(over);
    expect(await other.next()).toEqual({ value: 3, done: false });
  });

  test("serves calls of next() that wait at once in their order", async () => {
    const queue = new AsyncQueue<number>();
    const values = queue.values();
    const steps = [values.next(), values.next(), values.next()];
    expect(queue.stats().consumers).toBe(3);
    queue.tryPut(1);
    queue.tryPut(2);
    queue.close();
    expect(await Promise.all(steps)).toEqual([{ value: 1, done: false }, { value: 2, done: false }, over]);
  });

  test("return() ends the calls of next() that still wait, and the item goes to another", async () => {
    const queue = new AsyncQueue<number>();
    const [leaving, staying] = [queue.values(), queue.values()];
    const before = observe(queue.get());
    const left = [observe(leaving.next()), observe(leaving.next())];
    const stays = observe(staying.next());
    const after = observe(queue.get());
    expect(await leaving.return?.()).toEqual(over);
    await flush();
    expect(left.map(({ value }) => value)).toEqual([over, over]);
    expect(queue.stats().consumers).toBe(3);
    for (const item of [1, 2, 3]) queue.tryPut(item);
    await flush();
    expect([before.value, stays.value, after.value]).toEqual([1, { value: 2, done: false }, 3]);
    expect(queue.stats()).toMatchObject({ size: 0, consumers: 0 });
  });

  test("return() leaves nothing behind on the signals of those who wait on", async () => {
    const queue = new AsyncQueue<number>();
    const controller = new AbortController();
    const leaving = queue.values(controller);
    const left = leaving.next();
    const staying = observe(queue.get(controller));
    await leaving.return?.();
    expect(await left).toEqual(over);
    expect(listeners(controller.signal)).toBe(1);
    controller.abort(reason);
    await flush();
    expect(staying.reason).toBe(reason);
    expect(listeners(controller.signal)).toBe(0);
    expect(queue.stats().consumers).toBe(0);
  });

  test("return() after all has been served does not shuffle those who wait", async () => {
    const queue = new AsyncQueue<number>();
    const values = queue.values();
    const step = values.next();
    queue.tryPut(0);
    await step;
    const others = [observe(queue.get()), observe(queue.get())];
    await values.return?.();
    await values.return?.();
    queue.tryPut(1);
    queue.tryPut(2);
    await flush();
    expect(others.map(({ value }) => value)).toEqual([1, 2]);
  });

  test("return() takes back no item that was handed over in the same turn", async () => {
    const queue = new AsyncQueue<number>();
    const values = queue.values();
    const step = values.next();
    queue.tryPut(1);
    const ended = values.return?.();
    expect(await step).toEqual({ value: 1, done: false });
    expect(await ended).toEqual(over);
    expect(queue.stats().size).toBe(0);
  });

  test("next() after the end stays over", async () => {
    const queue = filled();
    queue.close();
    const values = queue.values();
    expect([await values.next(), await values.next()]).toEqual([over, over]);
  });

  test("next() of one that was left takes nothing, even from a full queue", async () => {
    const queue = filled(1);
    const values = queue.values();
    await values.return?.();
    expect(await values.next()).toEqual(over);
    expect(queue.stats().size).toBe(1);
  });
});
