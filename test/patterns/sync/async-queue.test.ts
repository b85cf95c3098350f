import { describe, expect, test } from "vitest";
import { AsyncQueue, QueueClosedError, sleep } from "yieldpoint";
import { observe, virtualTime, type Observed } from "yieldpoint/testing";
import { complaints, flush, rejection, survivors } from "../../support/waiting.ts";

const reason = new Error("shutting down");
const empty = { size: 0, capacity: Infinity, producers: 0, consumers: 0, closed: false };

function statuses(...observed: Observed<unknown>[]): string[] {
  return observed.map(({ status }) => status);
}

describe("AsyncQueue", () => {
  test("gives items in the order in which they were put", async () => {
    const queue = new AsyncQueue<number>();
    for (let n = 0; n < 100; n++) await queue.put(n);
    expect(queue.stats()).toEqual({ ...empty, size: 100 });
    const items: number[] = [];
    for (let n = 0; n < 100; n++) items.push(await queue.get());
    expect(items).toEqual([...Array(100).keys()]);
    expect(queue.stats()).toEqual(empty);
  });

  test("by default takes any number of items", async () => {
    const queue = new AsyncQueue<number>();
    for (let n = 0; n < 5_000; n++) expect(queue.tryPut(n)).toBe(true);
    expect(queue.stats()).toEqual({ ...empty, size: 5_000 });
  });

  test("hands the next item to the consumer that has waited longest", async () => {
    const queue = new AsyncQueue<string>();
    const consumers = [observe(queue.get()), observe(queue.get()), observe(queue.get())];
    expect(queue.stats()).toEqual({ ...empty, consumers: 3 });
    await queue.put("first");
    expect(queue.tryPut("second")).toBe(true);
    expect(queue.stats()).toEqual({ ...empty, consumers: 1 });
    await flush();
    expect(consumers.map(({ value }) => value)).toEqual(["first", "second", undefined]);
  });

  test("makes producers wait while it is full, and takes their items in order", async () => {
    const queue = new AsyncQueue<number>({ capacity: 2 });
    const puts = [1, 2, 3, 4].map((n) => observe(queue.put(n)));
    await flush();
    expect(statuses(...puts)).toEqual(["fulfilled", "fulfilled", "pending", "pending"]);
    expect(queue.stats()).toEqual({ ...empty, capacity: 2, size: 2, producers: 2 });
    expect(await queue.get()).toBe(1);
    expect(queue.stats()).toEqual({ ...empty, capacity: 2, size: 2, producers: 1 });
    await flush();
    expect(statuses(...puts)).toEqual(["fulfilled", "fulfilled", "fulfilled", "pending"]);
    expect([await queue.get(), await queue.get(), await queue.get()]).toEqual([2, 3, 4]);
    await flush();
    expect(statuses(...puts)).toEqual(["fulfilled", "fulfilled", "fulfilled", "fulfilled"]);
    expect(queue.stats()).toEqual({ ...empty, capacity: 2 });
  });

  test("a slow consumer holds a fast producer back", async () => {
    using clock = virtualTime();
    const queue = new AsyncQueue<number>({ capacity: 3 });
    let most = 0;
    const produce = async (): Promise<void> => {
      for (let n = 0; n < 20; n++) {
        await queue.put(n);
        most = Math.max(most, queue.stats().size);
      }
      queue.close();
    };
    const consume = async (): Promise<number[]> => {
      const items: number[] = [];
      for await (const item of queue) {
        await sleep(10);
        items.push(item);
      }
      return items;
    };
    const [, items] = await clock.run(() => Promise.all([produce(), consume()]));
    expect(items).toEqual([...Array(20).keys()]);
    expect(most).toBe(3);
    expect(clock.now).toBe(200);
  });

  test("a producer and a consumer that go on at once need not wait for each other at every item", async () => {
    const queue = new AsyncQueue<number>({ capacity: 10 });
    let waits = 0;
    const consume = async (): Promise<void> => {
      for (let n = 0; n < 100; n++) {
        if (queue.stats().size === 0) waits++;
        await queue.get();
      }
    };
    const consuming = consume();
    for (let n = 0; n < 100; n++) await queue.put(n);
    await consuming;
    expect(waits).toBeLessThan(5);
  });

  test("without capacity hands each item straight from a producer to a consumer", async () => {
    const queue = new AsyncQueue<number>({ capacity: 0 });
    expect(queue.tryPut(0)).toBe(false);
    expect(queue.tryGet()).toBeUndefined();
    const puts = [observe(queue.put(1)), observe(queue.put(2)), observe(queue.put(3))];
    await flush();
    expect(statuses(...puts)).toEqual(["pending", "pending", "pending"]);
    expect(queue.stats()).toEqual({ ...empty, capacity: 0, producers: 3 });
    expect(await queue.get()).toBe(1);
    expect(queue.tryGet()).toEqual({ value: 2 });
    expect(await queue.values().next()).toEqual({ value: 3, done: false });
    await flush();
    expect(statuses(...puts)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
    const consumer = observe(queue.get());
    expect(queue.tryPut(4)).toBe(true);
    await flush();
    expect(consumer.value).toBe(4);
    expect(queue.stats()).toEqual({ ...empty, capacity: 0 });
  });

  test.each([undefined, null, 0, "", false, Number.NaN])(
    "carries the falsy item %o, whichever way",
    async (item) => {
      const queue = new AsyncQueue<unknown>();
      await queue.put(item);
      expect(queue.tryGet()).toEqual({ value: item });
      queue.tryPut(item);
      expect(await queue.get()).toBe(item);
      queue.tryPut(item);
      expect(await queue.values().next()).toEqual({ value: item, done: false });
      const waiting = queue.get();
      queue.tryPut(item);
      expect(await waiting).toBe(item);
      const step = queue.values().next();
      queue.tryPut(item);
      expect(await step).toEqual({ value: item, done: false });
    },
  );

  test("carries promises as they are through tryGet() and an iterator, while get() awaits them", async () => {
    const queue = new AsyncQueue<Promise<number>>();
    const promise = Promise.resolve(1);
    for (let n = 0; n < 3; n++) queue.tryPut(promise);
    expect(queue.tryGet()?.value).toBe(promise);
    const step = await queue.values().next();
    expect(step.value).toBe(promise);
    expect(await queue.get()).toBe(1);
    const waiting = queue.values().next();
    queue.tryPut(promise);
    expect((await waiting).value).toBe(promise);
  });

  test("keeps nothing of what was taken out or not let in", async () => {
    const queue = new AsyncQueue<object>({ capacity: 10 });
    const crowd = async (): Promise<WeakRef<object>[]> => {
      const items = Array.from({ length: 20 }, (_, n) => ({ n }));
      const controller = new AbortController();
      for (const item of items.slice(0, 10)) void queue.put(item);
      const puts = items.slice(10).map((item) => rejection(queue.put(item, controller)));
      controller.abort(reason);
      await Promise.all(puts);
      for (let n = 0; n < 10; n++) queue.tryGet();
      return items.map((item) => new WeakRef(item));
    };
    expect(await survivors(await crowd())).toBe(0);
    expect(queue.stats().size).toBe(0);
  });
});

describe("AsyncQueue.tryPut()", () => {
  test("takes an item only if there is a place for it", () => {
    const queue = new AsyncQueue<number>({ capacity: 2 });
    expect([queue.tryPut(1), queue.tryPut(2), queue.tryPut(3)]).toEqual([true, true, false]);
    expect(queue.stats().size).toBe(2);
    expect(queue.tryGet()).toEqual({ value: 1 });
    expect(queue.tryPut(4)).toBe(true);
    expect([queue.tryGet(), queue.tryGet(), queue.tryGet()]).toEqual([{ value: 2 }, { value: 4 }, undefined]);
  });

  test("never overtakes a producer that waits", async () => {
    const queue = new AsyncQueue<string>({ capacity: 1 });
    queue.tryPut("a");
    const waiting = queue.put("b");
    expect(queue.tryGet()).toEqual({ value: "a" });
    expect(queue.tryPut("c")).toBe(false);
    await waiting;
    expect(queue.tryGet()).toEqual({ value: "b" });
  });
});

describe("AsyncQueue.tryGet()", () => {
  test("takes nothing that was handed to a consumer", async () => {
    const queue = new AsyncQueue<string>();
    const waiting = queue.get();
    queue.tryPut("a");
    expect(queue.tryGet()).toBeUndefined();
    expect(await waiting).toBe("a");
  });
});

describe("AsyncQueue and the abort of a signal", () => {
  test("an item whose put was aborted while waiting is not put in, those around it are", async () => {
    const queue = new AsyncQueue<string>({ capacity: 1 });
    const controller = new AbortController();
    await queue.put("a");
    const puts = [queue.put("b"), queue.put("c", controller), queue.put("d")].map((each) => observe(each));
    controller.abort(reason);
    expect(queue.stats().producers).toBe(2);
    expect([await queue.get(), await queue.get(), await queue.get()]).toEqual(["a", "b", "d"]);
    expect(queue.tryGet()).toBeUndefined();
    expect(statuses(...puts)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("an item whose put was aborted before is not put in", async () => {
    const queue = new AsyncQueue<string>();
    expect(await rejection(queue.put("a", { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(queue.stats().size).toBe(0);
  });

  test("nothing put is lost: what a consumer that gave up would have got stays for the next", async () => {
    const queue = new AsyncQueue<string>();
    const controller = new AbortController();
    const gone = observe(queue.get(controller));
    const stepped = observe(queue.values(controller).next());
    controller.abort(reason);
    await queue.put("a");
    expect(queue.stats()).toEqual({ ...empty, size: 1 });
    await flush();
    expect(statuses(gone, stepped)).toEqual(["rejected", "rejected"]);
    expect(await queue.get()).toBe("a");
  });

  test("a get that was aborted before takes nothing out", async () => {
    const queue = new AsyncQueue<string>();
    queue.tryPut("a");
    const signal = AbortSignal.abort(reason);
    expect(await rejection(queue.get({ signal }))).toBe(reason);
    expect(await rejection(queue.values({ signal }).next())).toBe(reason);
    expect(queue.stats().size).toBe(1);
  });

  test("an item that was handed over stays with its consumer, also when the abort comes in the same turn", async () => {
    const queue = new AsyncQueue<string>();
    const controller = new AbortController();
    const got = queue.get(controller);
    const stepped = queue.values(controller).next();
    queue.tryPut("a");
    queue.tryPut("b");
    controller.abort(reason);
    expect(await got).toBe("a");
    expect(await stepped).toEqual({ value: "b", done: false });
  });
});

describe("AsyncQueue.close()", () => {
  test("rejects the producers that wait, and what is inside drains", async () => {
    const queue = new AsyncQueue<number>({ capacity: 2 });
    const puts = [1, 2, 3, 4].map((n) => observe(queue.put(n)));
    queue.close(reason);
    expect(queue.stats()).toEqual({ ...empty, capacity: 2, size: 2, closed: true });
    await flush();
    expect(statuses(...puts)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
    expect(puts[2]?.reason).toBeInstanceOf(QueueClosedError);
    expect(puts[2]?.reason).toMatchObject({
      code: "ERR_QUEUE_CLOSED",
      message: "AsyncQueue: the queue is closed",
    });
    expect(puts[3]?.reason).toHaveProperty("cause", reason);
    expect(await queue.get()).toBe(1);
    expect(queue.tryGet()).toEqual({ value: 2 });
    expect(await rejection(queue.get())).toMatchObject({ code: "ERR_QUEUE_CLOSED", cause: reason });
    expect(queue.tryGet()).toBeUndefined();
  });

  test("ends the consumers that wait: a get rejects, an iterator is done", async () => {
    const queue = new AsyncQueue<number>();
    const got = rejection(queue.get());
    const stepped = queue.values().next();
    const loop = (async () => {
      for await (const _ of queue);
      return "over";
    })();
    await flush();
    expect(queue.stats().consumers).toBe(3);
    queue.close(reason);
    expect(queue.stats()).toEqual({ ...empty, closed: true });
    expect(await got).toMatchObject({ code: "ERR_QUEUE_CLOSED", cause: reason });
    expect(await stepped).toEqual({ value: undefined, done: true });
    expect(await loop).toBe("over");
  });

  test("refuses what comes later, also where there is room", async () => {
    const queue = new AsyncQueue<number>();
    queue.close(reason);
    expect(await rejection(queue.put(1))).toMatchObject({ code: "ERR_QUEUE_CLOSED", cause: reason });
    expect(queue.tryPut(1)).toBe(false);
    expect(queue.stats().size).toBe(0);
    expect(await queue.values().next()).toEqual({ value: undefined, done: true });
  });

  test("an abort is told before the closing", async () => {
    const queue = new AsyncQueue<number>();
    queue.close();
    const signal = AbortSignal.abort(reason);
    expect(await rejection(queue.put(1, { signal }))).toBe(reason);
    expect(await rejection(queue.get({ signal }))).toBe(reason);
    expect(await rejection(queue.values({ signal }).next())).toBe(reason);
  });

  test("a producer that is about to hear of its abort hears of that, not of the closing", async () => {
    const queue = new AsyncQueue<number>({ capacity: 1 });
    queue.tryPut(1);
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => queue.close());
    const put = rejection(queue.put(2, controller));
    controller.abort(reason);
    expect(await put).toBe(reason);
  });

  test("again changes nothing, the first reason stands", async () => {
    const queue = new AsyncQueue<number>();
    queue.close("first");
    queue.close("second");
    expect(((await rejection(queue.put(1))) as Error).cause).toBe("first");
  });

  test.each([undefined, null, 0, ""])("keeps the falsy reason %o", async (falsy) => {
    const queue = new AsyncQueue<number>();
    queue.close(falsy);
    const error = (await rejection(queue.put(1))) as Error;
    expect(error).toBeInstanceOf(QueueClosedError);
    expect(Object.hasOwn(error, "cause")).toBe(true);
    expect(error.cause).toBe(falsy);
  });

  test("leaves no unhandled rejection of its own", async () => {
    const found = await complaints(async () => {
      const queue = new AsyncQueue<number>();
      for (const item of [1, 2]) await queue.put(item);
      queue.close(reason);
      for await (const _ of queue);
    });
    expect(found).toEqual([]);
  });
});

test.each([
  [-1, new RangeError("AsyncQueue: capacity must be an integer >= 0 or Infinity, got -1")],
  [1.5, new RangeError("AsyncQueue: capacity must be an integer >= 0 or Infinity, got 1.5")],
  [Number.NaN, new RangeError("AsyncQueue: capacity must be an integer >= 0 or Infinity, got NaN")],
  ["4", new TypeError('AsyncQueue: capacity must be an integer >= 0 or Infinity, got "4"')],
  [null, new TypeError("AsyncQueue: capacity must be an integer >= 0 or Infinity, got null")],
])("AsyncQueue: the capacity %o is refused", (capacity, error) => {
  expect(() => new AsyncQueue({ capacity: capacity as number })).toThrow(error);
});

test("AsyncQueue: a capacity that is explicitly undefined is the default", () => {
  expect(new AsyncQueue({ capacity: undefined }).stats()).toEqual(empty);
});
