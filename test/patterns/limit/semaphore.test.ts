import { describe, expect, expectTypeOf, test } from "vitest";
import { QueueFullError, Semaphore, type Permit, type Policy, type SemaphoreStats } from "yieldpoint";
import { observe } from "yieldpoint/testing";
import { flush, rejection } from "../../support/waiting.ts";

/** Takes permits one after the other and writes down who got in. */
function line(semaphore: Semaphore) {
  const entered: string[] = [];
  const permits = new Map<string, Permit>();
  return {
    entered,
    join: (name: string, options: { weight?: number; priority?: number } = {}): void => {
      void semaphore.acquire(options).then((permit) => {
        entered.push(name);
        return permits.set(name, permit);
      });
    },
    leave: async (name: string): Promise<void> => {
      permits.get(name)?.release();
      await flush();
    },
  };
}

describe("Semaphore.acquire()", () => {
  test("lets no more than the permits in, and the others in the order of their arrival", async () => {
    const semaphore = new Semaphore(2);
    const { entered, join, leave } = line(semaphore);
    for (const name of ["a", "b", "c", "d", "e"]) join(name);
    await flush();
    expect(entered).toEqual(["a", "b"]);
    expect(semaphore.stats()).toEqual({ permits: 2, held: 2, waiting: 3 });
    await leave("b");
    expect(entered).toEqual(["a", "b", "c"]);
    await leave("a");
    await leave("c");
    expect(entered).toEqual(["a", "b", "c", "d", "e"]);
    expect(semaphore.stats()).toEqual({ permits: 2, held: 2, waiting: 0 });
  });

  test("a heavy caller waits until all its permits are free, and light ones behind it do not overtake", async () => {
    const { entered, join, leave } = line(new Semaphore(3));
    join("light");
    join("heavy", { weight: 3 });
    join("late");
    await flush();
    expect(entered).toEqual(["light"]);
    await leave("light");
    expect(entered).toEqual(["light", "heavy"]);
    await leave("heavy");
    expect(entered).toEqual(["light", "heavy", "late"]);
  });

  test("one release lets in all who fit now", async () => {
    const { entered, join, leave } = line(new Semaphore(3));
    join("all", { weight: 3 });
    join("one");
    join("two", { weight: 2 });
    join("next");
    await flush();
    await leave("all");
    expect(entered).toEqual(["all", "one", "two"]);
  });

  test("serves a higher priority first, and within one who came first", async () => {
    const { entered, join, leave } = line(new Semaphore(1));
    join("holder");
    join("usual 1");
    join("low", { priority: -1 });
    join("high 1", { priority: 5 });
    join("usual 2", { priority: 0 });
    join("high 2", { priority: 5 });
    join("last", { priority: -Infinity });
    join("first", { priority: Infinity });
    await flush();
    const order = ["holder", "first", "high 1", "high 2", "usual 1", "usual 2", "low", "last"];
    for (const name of order) await leave(name);
    expect(entered).toEqual(order);
  });

  test("keeps the order of priorities among waiters that come and go", async () => {
    const { entered, join, leave } = line(new Semaphore(1));
    for (const name of ["a", "b", "c"]) join(name);
    await flush();
    await leave("a");
    join("high", { priority: 1 });
    join("low", { priority: -1 });
    join("d");
    await flush();
    for (const name of ["b", "high", "c", "d"]) await leave(name);
    expect(entered).toEqual(["a", "b", "high", "c", "d", "low"]);
  });

  test("one of higher priority that fits does not wait behind a heavy one that does not", async () => {
    const semaphore = new Semaphore(3);
    const { entered, join } = line(semaphore);
    join("holder", { weight: 2 });
    join("heavy", { weight: 2 });
    join("equal");
    join("urgent", { priority: 1 });
    await flush();
    expect(entered).toEqual(["holder", "urgent"]);
    expect(semaphore.stats()).toEqual({ permits: 3, held: 3, waiting: 2 });
  });

  test("with Infinity permits nobody waits, whatever the weight", async () => {
    const semaphore = new Semaphore(Infinity);
    const heavy = await semaphore.acquire({ weight: 1_000_000 });
    const light = await semaphore.acquire();
    expect(semaphore.stats()).toEqual({ permits: Infinity, held: 1_000_001, waiting: 0 });
    heavy.release();
    light.release();
    expect(semaphore.stats().held).toBe(0);
  });

  test("takes options that are given as undefined for their defaults", async () => {
    const semaphore = new Semaphore(1, { maxQueue: undefined });
    await semaphore.acquire({ signal: undefined, weight: undefined, priority: undefined });
    expect(semaphore.stats().held).toBe(1);
  });
});

describe("Semaphore: the queue", () => {
  test("refuses one more than maxQueue with QueueFullError and lets those who wait alone", async () => {
    const semaphore = new Semaphore(1, { maxQueue: 1 });
    const permit = await semaphore.acquire();
    const waiting = observe(semaphore.acquire());
    const error = await rejection(semaphore.acquire());
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({
      name: "QueueFullError",
      code: "ERR_QUEUE_FULL",
      message: "Semaphore: the queue is full, 1 may wait",
    });
    permit.release();
    await flush();
    expect(waiting.status).toBe("fulfilled");
  });

  test("a task that is refused for a full queue is not called", async () => {
    const semaphore = new Semaphore(1, { maxQueue: 0 });
    await semaphore.acquire();
    let called = false;
    await expect(semaphore.execute(() => void (called = true))).rejects.toThrow(QueueFullError);
    expect(called).toBe(false);
    expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 0 });
  });

  test("with maxQueue 0 a caller who need not wait gets in", async () => {
    const semaphore = new Semaphore(1, { maxQueue: 0 });
    expect(await semaphore.execute(() => "in")).toBe("in");
    expect(await semaphore.execute(() => "again")).toBe("again");
  });

  test("who gives up makes place in a full queue", async () => {
    const semaphore = new Semaphore(1, { maxQueue: 1 });
    await semaphore.acquire();
    const controller = new AbortController();
    const first = observe(semaphore.acquire({ signal: controller.signal }));
    controller.abort();
    const second = observe(semaphore.acquire());
    await flush();
    expect([first.status, second.status]).toEqual(["rejected", "pending"]);
  });

  test("a full queue does not refuse one of higher priority who need not wait", async () => {
    const semaphore = new Semaphore(3, { maxQueue: 1 });
    await semaphore.acquire({ weight: 2 });
    observe(semaphore.acquire({ weight: 2 }));
    expect(await semaphore.execute(() => "urgent", { priority: 1 })).toBe("urgent");
  });
});

test("Semaphore.stats() is a plain object that does not change", async () => {
  const semaphore = new Semaphore(2);
  const before = semaphore.stats();
  await semaphore.acquire();
  expect(Object.getPrototypeOf(before)).toBe(Object.prototype);
  expect(before).toEqual({ permits: 2, held: 0, waiting: 0 });
  expect(semaphore.stats()).toEqual({ permits: 2, held: 1, waiting: 0 });
});

test("Semaphore: types", () => {
  const semaphore = new Semaphore(1);
  expectTypeOf(semaphore).toExtend<Policy>();
  expectTypeOf(semaphore.execute(() => 1)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(semaphore.execute(async () => "text")).toEqualTypeOf<Promise<string>>();
  expectTypeOf(semaphore.acquire()).toEqualTypeOf<Promise<Permit>>();
  expectTypeOf(semaphore.tryAcquire()).toEqualTypeOf<Permit | undefined>();
  expectTypeOf(semaphore.stats()).toEqualTypeOf<SemaphoreStats>();
  expectTypeOf<Permit>().toExtend<Disposable>();
});
