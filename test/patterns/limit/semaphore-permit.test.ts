import { describe, expect, test } from "vitest";
import { Semaphore } from "yieldpoint";
import { observe } from "yieldpoint/testing";
import { flush } from "../../support/waiting.ts";

describe("Permit", () => {
  test("released twice frees once", async () => {
    const semaphore = new Semaphore(2);
    const first = await semaphore.acquire();
    await semaphore.acquire();
    first.release();
    first.release();
    first[Symbol.dispose]();
    expect(semaphore.stats().held).toBe(1);
    expect(semaphore.tryAcquire()).toBeDefined();
    expect(semaphore.tryAcquire()).toBeUndefined();
  });

  test("released too often cannot raise the limit", async () => {
    const semaphore = new Semaphore(1);
    for (let round = 0; round < 3; round++) {
      const permit = await semaphore.acquire();
      for (let i = 0; i < 5; i++) permit.release();
    }
    const got = Array.from({ length: 5 }, () => semaphore.tryAcquire());
    expect(got.filter(Boolean)).toHaveLength(1);
    expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 0 });
  });

  test("an old one does not free the permit of the next holder", async () => {
    const semaphore = new Semaphore(1);
    const old = await semaphore.acquire();
    old.release();
    await semaphore.acquire();
    old.release();
    expect(semaphore.tryAcquire()).toBeUndefined();
  });

  test("`using` gives it back at the end of the block", async () => {
    const semaphore = new Semaphore(2);
    {
      using first = await semaphore.acquire();
      using second = semaphore.tryAcquire();
      expect([typeof first, typeof second]).toEqual(["object", "object"]);
      expect(semaphore.stats().held).toBe(2);
    }
    expect(semaphore.stats().held).toBe(0);
  });

  test("`using` gives it back when the block throws, once, also if it was released by hand", async () => {
    const semaphore = new Semaphore(2);
    await semaphore.acquire();
    const body = async (): Promise<void> => {
      using permit = await semaphore.acquire();
      permit.release();
      throw new Error("in the block");
    };
    await expect(body()).rejects.toThrow("in the block");
    expect(semaphore.stats().held).toBe(1);
  });

  test("release works as a function of its own", async () => {
    const semaphore = new Semaphore(1);
    const { release } = await semaphore.acquire();
    release();
    expect(semaphore.stats().held).toBe(0);
  });

  test("gives all of a heavy caller's permits back", async () => {
    const semaphore = new Semaphore(5);
    const permit = await semaphore.acquire({ weight: 4 });
    expect(semaphore.stats().held).toBe(4);
    permit.release();
    expect(semaphore.stats().held).toBe(0);
  });
});

describe("Semaphore.tryAcquire()", () => {
  test("takes permits at once, or gives undefined", () => {
    const semaphore = new Semaphore(3);
    const permit = semaphore.tryAcquire(2);
    expect(semaphore.tryAcquire(2)).toBeUndefined();
    expect(semaphore.tryAcquire()).toBeDefined();
    expect(semaphore.tryAcquire()).toBeUndefined();
    permit?.release();
    expect(semaphore.stats().held).toBe(1);
  });

  test("never overtakes one who waits, not even where it would fit", async () => {
    const semaphore = new Semaphore(3);
    await semaphore.acquire({ weight: 2 });
    const heavy = observe(semaphore.acquire({ weight: 2 }));
    expect(semaphore.tryAcquire()).toBeUndefined();
    await flush();
    expect(heavy.status).toBe("pending");
  });

  test("never overtakes one of low priority", async () => {
    const semaphore = new Semaphore(3);
    await semaphore.acquire({ weight: 2 });
    observe(semaphore.acquire({ weight: 2, priority: -Infinity }));
    expect(semaphore.tryAcquire()).toBeUndefined();
  });

  test("does not take the permit that a release has just passed on", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const next = observe(semaphore.acquire());
    permit.release();
    expect(semaphore.tryAcquire()).toBeUndefined();
    await flush();
    expect(next.status).toBe("fulfilled");
  });
});
