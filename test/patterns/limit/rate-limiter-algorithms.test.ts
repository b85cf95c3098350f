import { describe, expect, test } from "vitest";
import { RateLimiter } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { rejection } from "../../support/waiting.ts";
import { line } from "./granted.ts";

describe("RateLimiter with a sliding window", () => {
  test("never grants more than the limit in any window, wherever it begins", async () => {
    using clock = virtualTime();
    const { granted, join } = line(new RateLimiter({ limit: 2, interval: 100 }));
    await clock.advance(90);
    join("a");
    await clock.advance(5);
    join("b");
    await clock.advance(10);
    // A window that began at 100 would let in two more.
    join("c");
    join("d");
    join("e");
    await clock.advance(300);
    expect(granted).toEqual([
      ["a", 90],
      ["b", 95],
      ["c", 190],
      ["d", 195],
      ["e", 290],
    ]);
    expect(clock.pending).toEqual([]);
  });

  test("a window's end does not belong to it", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ algorithm: "sliding-window", limit: 1, interval: 100 });
    expect(limiter.tryAcquire()).toBe(true);
    await clock.advance(99);
    expect(limiter.tryAcquire()).toBe(false);
    await clock.advance(1);
    expect(limiter.tryAcquire()).toBe(true);
  });

  test("counts costs, and a heavy call at the head is not overtaken", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ limit: 5, interval: 100 });
    const { granted, join } = line(limiter);
    join("three", { cost: 3 });
    await clock.advance(10);
    join("one");
    await clock.advance(10);
    join("five", { cost: 5 });
    join("light");
    expect(limiter.tryAcquire()).toBe(false);
    expect(limiter.stats()).toEqual({ available: 1, used: 4, waiting: 2 });
    await clock.advance(200);
    expect(granted).toEqual([
      ["three", 0],
      ["one", 10],
      ["five", 110],
      ["light", 210],
    ]);
  });

  test("several that fit are granted at once", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ limit: 3, interval: 100 });
    const { granted, join } = line(limiter);
    for (const name of ["a", "b", "c", "d", "e", "f", "g"]) join(name);
    await clock.advance(250);
    expect(granted.map(([name, at]) => `${name} ${at}`)).toEqual([
      "a 0",
      "b 0",
      "c 0",
      "d 100",
      "e 100",
      "f 100",
      "g 200",
    ]);
  });

  test("with an interval of Infinity grants the limit once", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ limit: 2, interval: Infinity });
    expect([limiter.tryAcquire(), limiter.tryAcquire(), limiter.tryAcquire()]).toEqual([true, true, false]);
    const controller = new AbortController();
    const waiting = observe(limiter.acquire(controller));
    await clock.advance(1_000_000);
    expect(waiting.status).toBe("pending");
    expect(clock.pending).toEqual([]);
    expect(await rejection(limiter.acquire({ maxWait: 1e9 }))).toMatchObject({ retryAfter: Infinity });
    controller.abort("enough");
    await clock.advance(0);
    expect(waiting.status).toBe("rejected");
  });

  test("forgets what has left the window, however much it was", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ limit: 5_000, interval: 10_000 });
    const takes = async (count: number): Promise<number> => {
      let taken = 0;
      for (let n = 0; n < count; n++) {
        if (limiter.tryAcquire()) taken++;
        await clock.advance(1);
      }
      return taken;
    };
    expect(await takes(6_000)).toBe(5_000);
    expect(limiter.stats()).toEqual({ available: 0, used: 5_000, waiting: 0 });
    // From 10,000 on one entry leaves with each millisecond.
    await clock.advance(4_000);
    expect(limiter.stats().used).toBe(4_999);
    await clock.advance(2_500);
    expect(limiter.stats().used).toBe(2_499);
    expect(await takes(2_600)).toBe(2_600);
    expect(limiter.stats().used).toBe(2_600);
    await clock.advance(10_000);
    expect(limiter.stats()).toEqual({ available: 5_000, used: 0, waiting: 0 });
  });
});

describe("RateLimiter with a token bucket", () => {
  test("grants the burst at once and then one after the other, evenly", async () => {
    using clock = virtualTime();
    const { granted, join } = line(
      new RateLimiter({ algorithm: "token-bucket", limit: 10, interval: 1_000, burst: 3 }),
    );
    for (const name of ["a", "b", "c", "d", "e"]) join(name);
    await clock.advance(1_000);
    expect(granted.map(([, at]) => at)).toEqual([0, 0, 0, 100, 200]);
    expect(clock.pending).toEqual([]);
  });

  test("fills up to the burst and no further", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ algorithm: "token-bucket", limit: 10, interval: 1_000, burst: 3 });
    expect(limiter.tryAcquire(3)).toBe(true);
    await clock.advance(100_000);
    expect(limiter.stats()).toEqual({ available: 3, used: 0, waiting: 0 });
    expect([1, 2, 3, 4].map(() => limiter.tryAcquire())).toEqual([true, true, true, false]);
  });

  test("holds the limit where no burst is given", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ algorithm: "token-bucket", limit: 4, interval: 100 });
    expect(limiter.stats()).toEqual({ available: 4, used: 0, waiting: 0 });
    expect(limiter.tryAcquire(4)).toBe(true);
    await clock.advance(49);
    expect(limiter.stats()).toEqual({ available: 1, used: 3, waiting: 0 });
    expect(limiter.tryAcquire(2)).toBe(false);
    await clock.advance(1);
    expect(limiter.tryAcquire(2)).toBe(true);
  });

  test("loses no part of a token: whole milliseconds stay exact", async () => {
    using clock = virtualTime();
    const { granted, join } = line(
      new RateLimiter({ algorithm: "token-bucket", limit: 3, interval: 1_000, burst: 2 }),
    );
    for (let n = 0; n <= 31; n++) join("call");
    await clock.advance(10_000);
    const due = Array.from({ length: 31 }, (_, n) => Math.ceil((n * 1_000) / 3));
    expect(granted.map(([, at]) => at)).toEqual([0, ...due]);
  });

  test("what comes in over the burst is lost, also while somebody waits", async () => {
    using clock = virtualTime();
    const { granted, join } = line(
      new RateLimiter({ algorithm: "token-bucket", limit: 3, interval: 1_000, burst: 1 }),
    );
    for (const name of ["a", "b", "c"]) join(name);
    await clock.advance(1_000);
    // A token takes 333.3 ms, and timers count whole ones.
    expect(granted.map(([, at]) => at)).toEqual([0, 334, 668]);
  });

  test("a heavy call at the head is not overtaken", async () => {
    using clock = virtualTime();
    const { granted, join } = line(
      new RateLimiter({ algorithm: "token-bucket", limit: 10, interval: 1_000, burst: 5 }),
    );
    join("all", { cost: 5 });
    join("three", { cost: 3 });
    join("one");
    await clock.advance(1_000);
    expect(granted).toEqual([
      ["all", 0],
      ["three", 300],
      ["one", 400],
    ]);
  });

  test("with an interval of Infinity grants the burst once", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ algorithm: "token-bucket", limit: 1, interval: Infinity, burst: 2 });
    expect([1, 2, 3].map(() => limiter.tryAcquire())).toEqual([true, true, false]);
    await clock.advance(1_000_000);
    expect(limiter.stats()).toEqual({ available: 0, used: 2, waiting: 0 });
    expect(await rejection(limiter.acquire({ maxWait: 5 }))).toMatchObject({ retryAfter: Infinity });
  });
});
