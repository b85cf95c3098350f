import { describe, expect, test } from "vitest";
import { Semaphore } from "yieldpoint";
import { observe } from "yieldpoint/testing";
import { flush, rejection } from "../../support/waiting.ts";

describe("Semaphore.resize()", () => {
  test("up lets in as many waiters as fit now, in order", async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const waiting = [1, 2, 3].map(() => observe(semaphore.acquire()));
    semaphore.resize(3);
    await flush();
    expect(waiting.map((each) => each.status)).toEqual(["fulfilled", "fulfilled", "pending"]);
    expect(semaphore.stats()).toEqual({ permits: 3, held: 3, waiting: 1 });
  });

  test("to Infinity lets everybody in", async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const waiting = [1, 2, 3].map(() => semaphore.acquire());
    semaphore.resize(Infinity);
    await Promise.all(waiting);
    expect(semaphore.stats()).toEqual({ permits: Infinity, held: 4, waiting: 0 });
  });

  test("down leaves the holders alone and admits newcomers only when enough came back", async () => {
    const semaphore = new Semaphore(3);
    const holders = await Promise.all([semaphore.acquire(), semaphore.acquire(), semaphore.acquire()]);
    semaphore.resize(1);
    expect(semaphore.stats()).toEqual({ permits: 1, held: 3, waiting: 0 });
    const next = observe(semaphore.acquire());
    for (const permit of holders.slice(1)) permit.release();
    await flush();
    expect(next.status).toBe("pending");
    expect(semaphore.tryAcquire()).toBeUndefined();
    holders[0]?.release();
    await flush();
    expect(next.status).toBe("fulfilled");
    expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 0 });
  });

  test("down and up again loses no permit", async () => {
    const semaphore = new Semaphore(3);
    const holders = await Promise.all([semaphore.acquire(), semaphore.acquire()]);
    semaphore.resize(1);
    semaphore.resize(3);
    for (const permit of holders) permit.release();
    expect(semaphore.tryAcquire(3)).toBeDefined();
  });

  test("down refuses a waiter that has become too heavy, so that it strands nobody", async () => {
    const semaphore = new Semaphore(3);
    const permit = await semaphore.acquire({ weight: 2 });
    const heavy = rejection(semaphore.acquire({ weight: 3 }));
    const light = observe(semaphore.acquire());
    semaphore.resize(2);
    const error = await heavy;
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "Semaphore: weight must be at most the permits (2), got 3" });
    permit.release();
    await flush();
    expect(light.status).toBe("fulfilled");
  });

  test("down refuses a too heavy waiter further back when its turn comes, without calling its task", async () => {
    const semaphore = new Semaphore(3);
    const permit = await semaphore.acquire({ weight: 3 });
    const first = observe(semaphore.acquire());
    let called = false;
    const heavy = observe(semaphore.execute(() => void (called = true), { weight: 3 }));
    const last = observe(semaphore.acquire());
    semaphore.resize(2);
    permit.release();
    await flush();
    expect([first.status, heavy.status, last.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(heavy.reason).toBeInstanceOf(RangeError);
    expect(called).toBe(false);
    expect(semaphore.stats()).toEqual({ permits: 2, held: 2, waiting: 0 });
  });

  test("counts for the weights of later callers", async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.acquire({ weight: 2 })).rejects.toThrow(RangeError);
    semaphore.resize(2);
    await semaphore.acquire({ weight: 2 });
    expect(semaphore.stats().held).toBe(2);
  });

  test("while an old limit's permits are held, a double release still frees once", async () => {
    const semaphore = new Semaphore(2);
    const [first] = await Promise.all([semaphore.acquire(), semaphore.acquire()]);
    semaphore.resize(1);
    first.release();
    first.release();
    expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 0 });
    expect(semaphore.tryAcquire()).toBeUndefined();
  });
});
