import { describe, expect, expectTypeOf, test, vi } from "vitest";
import {
  Bulkhead,
  CircuitBreaker,
  consecutive,
  keyed,
  Mutex,
  QueueFullError,
  RateLimiter,
  ReadWriteLock,
  Semaphore,
  sleep,
  type Keyed,
} from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { flush, rejection, survivors } from "../../support/waiting.ts";

const make = () => new Semaphore(1);

describe("keyed()", () => {
  test("makes one for each key, when it is first asked for, and gives the same again", () => {
    const made: string[] = [];
    const limits = keyed((key: string) => {
      made.push(key);
      return new Semaphore(2);
    });
    expect(limits.stats()).toEqual({ keys: 0 });
    const [a, b] = [limits.for("a"), limits.for("b")];
    expect(limits.for("a")).toBe(a);
    expect(limits.for("b")).toBe(b);
    expect(a).not.toBe(b);
    expect(made).toEqual(["a", "b"]);
    expect(limits.stats()).toEqual({ keys: 2 });
  });

  test("compares keys as a Map does", () => {
    const limits = keyed<unknown, Semaphore>(make);
    const key = {};
    expect(limits.for(key)).toBe(limits.for(key));
    expect(limits.for({})).not.toBe(limits.for(key));
    expect(limits.for(Number.NaN)).toBe(limits.for(Number.NaN));
    expect(limits.for(undefined)).not.toBe(limits.for(null));
  });

  test("limits each key for itself", async () => {
    const limits = keyed(() => new Bulkhead({ concurrency: 1 }));
    const running = limits.for("a").execute(() => flush());
    await expect(limits.for("a").execute(() => 1)).rejects.toThrow(QueueFullError);
    expect(await limits.for("b").execute(() => 1)).toBe(1);
    await running;
  });

  test("what make throws comes through, and nothing is kept", () => {
    let fail = true;
    const limits = keyed(() => {
      if (fail) throw undefined;
      return make();
    });
    let thrown: unknown = "nothing";
    try {
      limits.for("a");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeUndefined();
    expect(limits.stats().keys).toBe(0);
    fail = false;
    expect(limits.for("a")).toBe(limits.for("a"));
  });
});

describe("keyed() with maxKeys", () => {
  test("drops the one that was not asked for the longest", () => {
    const limits = keyed(make, { maxKeys: 2 });
    const [a, b] = [limits.for("a"), limits.for("b")];
    limits.for("a");
    limits.for("c");
    expect(limits.stats().keys).toBe(2);
    expect(limits.for("a")).toBe(a);
    expect(limits.for("b")).not.toBe(b);
  });

  test("drops no more than one", () => {
    const limits = keyed(make, { maxKeys: 3 });
    const [, b, c] = [limits.for("a"), limits.for("b"), limits.for("c")];
    limits.for("d");
    expect(limits.stats().keys).toBe(3);
    expect([limits.for("b"), limits.for("c")]).toEqual([b, c]);
  });

  test("never drops one that is held", async () => {
    const limits = keyed(make, { maxKeys: 2 });
    const a = limits.for("a");
    const permit = await a.acquire();
    for (const key of ["b", "c", "d"]) limits.for(key);
    expect(limits.for("a")).toBe(a);
    permit.release();
    for (const key of ["e", "f"]) limits.for(key);
    expect(limits.for("a")).not.toBe(a);
  });

  test("never drops one that is waited for", async () => {
    const limits = keyed(make, { maxKeys: 1 });
    limits.for("a").pause();
    const waiting = limits.for("a").acquire();
    expect(() => limits.for("b")).toThrow(QueueFullError);
    limits.for("a").resume();
    (await waiting).release();
    limits.for("b");
    expect(limits.stats().keys).toBe(1);
  });

  test("never drops one that nobody holds and somebody waits for", async () => {
    using clock = virtualTime();
    const limits = keyed(() => new RateLimiter({ limit: 1, interval: 100 }), { maxKeys: 1 });
    const limiter = limits.for("a");
    limiter.tryAcquire();
    // Due before the limiter's own timer, when what was spent is spent no more.
    const asking = rejection(sleep(100).then(() => limits.for("b")));
    const waiting = limiter.acquire();
    await clock.advance(100);
    expect(await asking).toBeInstanceOf(QueueFullError);
    await waiting;
  });

  test("never drops a mutex or a read-write lock that is held", async () => {
    const mutexes = keyed(() => new Mutex(), { maxKeys: 1 });
    const permit = await mutexes.for("a").acquire();
    expect(() => mutexes.for("b")).toThrow(QueueFullError);
    permit.release();
    mutexes.for("b");
    const locks = keyed(() => new ReadWriteLock(), { maxKeys: 1 });
    for (const how of ["read", "write"] as const) {
      const held = await locks.for(how)[how]();
      expect(() => locks.for("b")).toThrow(QueueFullError);
      held.release();
      locks.for("b");
    }
    expect(locks.stats().keys).toBe(1);
  });

  test("never drops a breaker that is not closed", async () => {
    using clock = virtualTime();
    const breakers = keyed(() => new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000 }), {
      maxKeys: 1,
    });
    const breaker = breakers.for("a");
    await breaker.execute(() => Promise.reject(new Error("down"))).catch(() => {});
    expect(breaker.state).toBe("open");
    expect(() => breakers.for("b")).toThrow(QueueFullError);
    await clock.advance(1_000);
    expect(breaker.state).toBe("half-open");
    expect(() => breakers.for("b")).toThrow(QueueFullError);
    await breaker.execute(() => "up");
    const handle = breaker.isolate();
    expect(() => breakers.for("b")).toThrow(QueueFullError);
    handle[Symbol.dispose]();
    expect(breakers.for("b")).not.toBe(breaker);
  });

  test("never drops a rate limiter that has spent something: a new one would grant it again", async () => {
    using clock = virtualTime();
    const limits = keyed(() => new RateLimiter({ limit: 1, interval: 100 }), { maxKeys: 1 });
    expect(limits.for("a").tryAcquire()).toBe(true);
    await clock.advance(99);
    expect(() => limits.for("b")).toThrow(QueueFullError);
    expect(limits.for("a").tryAcquire()).toBe(false);
    await clock.advance(1);
    expect(limits.for("b").tryAcquire()).toBe(true);
  });

  test("full of busy ones, it refuses a new key with QueueFullError, and makes nothing", async () => {
    let made = 0;
    const limits = keyed(
      () => {
        made++;
        return make();
      },
      { maxKeys: 3 },
    );
    const permits = await Promise.all([1, 2, 3].map((key) => limits.for(key).acquire()));
    for (let round = 0; round < 3; round++) {
      expect(() => limits.for(4)).toThrow(new QueueFullError("keyed: all 3 keys are in use"));
    }
    expect(made).toBe(3);
    expect(limits.stats().keys).toBe(3);
    permits[1]?.release();
    limits.for(4);
    expect(made).toBe(4);
    limits.for(1);
    limits.for(3);
    expect(made).toBe(4);
  });
});

describe("keyed() with idle", () => {
  test("drops a key that is not asked for so long, and has no timer then", async () => {
    using clock = virtualTime();
    const limits = keyed(make, { idle: 100 });
    const a = limits.for("a");
    expect(clock.pending).toHaveLength(1);
    await clock.advance(99);
    expect(limits.stats().keys).toBe(1);
    await clock.advance(1);
    expect(limits.stats().keys).toBe(0);
    expect(clock.pending).toEqual([]);
    expect(limits.for("a")).not.toBe(a);
  });

  test("asking for a key keeps it", async () => {
    using clock = virtualTime();
    const limits = keyed(make, { idle: 100 });
    const a = limits.for("a");
    limits.for("b");
    for (let round = 0; round < 5; round++) {
      await clock.advance(60);
      expect(limits.for("a")).toBe(a);
      expect(clock.pending).toHaveLength(1);
    }
    expect(limits.stats().keys).toBe(1);
    await clock.advance(100);
    expect(limits.stats().keys).toBe(0);
  });

  test("has one timer, whatever the number of keys, that does not keep the process alive", async () => {
    using clock = virtualTime();
    const handles: { hasRef(): boolean }[] = [];
    const { setTimeout } = globalThis;
    globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
      const handle = setTimeout(...args);
      handles.push(handle);
      return handle;
    }) as typeof setTimeout;
    const limits = keyed(make, { idle: 100 });
    for (let key = 0; key < 50; key++) {
      limits.for(key);
      await clock.advance(1);
    }
    expect(clock.pending).toHaveLength(1);
    expect(handles.map((handle) => handle.hasRef())).toEqual([false]);
    globalThis.setTimeout = setTimeout;
    await clock.advance(75);
    expect(limits.stats().keys).toBe(24);
    await clock.advance(25);
    expect(limits.stats().keys).toBe(0);
    expect(clock.pending).toEqual([]);
  });

  test("a change of the wall clock neither drops a key nor keeps it", async () => {
    using clock = virtualTime();
    const limits = keyed(make, { idle: 100 });
    limits.for("a");
    const wall = vi.spyOn(Date, "now").mockReturnValue(Number.MAX_SAFE_INTEGER);
    await clock.advance(50);
    limits.for("b");
    wall.mockReturnValue(0);
    await clock.advance(50);
    expect(limits.stats().keys).toBe(1);
    await clock.advance(50);
    expect(limits.stats().keys).toBe(0);
  });

  test("one that is in use when its time is over stays as long again", async () => {
    using clock = virtualTime();
    const limits = keyed(make, { idle: 100 });
    const permit = await limits.for("a").acquire();
    limits.for("b");
    await clock.advance(250);
    expect(limits.stats().keys).toBe(1);
    permit.release();
    await clock.advance(49);
    expect(limits.stats().keys).toBe(1);
    await clock.advance(1);
    expect(limits.stats().keys).toBe(0);
    expect(clock.pending).toEqual([]);
  });

  test("drops none early where its timer fires early", async () => {
    using clock = virtualTime();
    const { setTimeout } = globalThis;
    globalThis.setTimeout = ((callback: () => void, ms: number) =>
      setTimeout(callback, Math.max(1, ms - 1))) as typeof setTimeout;
    const limits = keyed(make, { idle: 100 });
    limits.for("a");
    await clock.advance(99);
    expect(limits.stats().keys).toBe(1);
    await clock.advance(1);
    globalThis.setTimeout = setTimeout;
    expect(limits.stats().keys).toBe(0);
  });

  test("idle 0 drops whoever is not in use in the next millisecond", async () => {
    using clock = virtualTime();
    const limits = keyed(make, { idle: 0 });
    const permit = await limits.for("a").acquire();
    limits.for("b");
    await clock.advance(5);
    expect(limits.stats().keys).toBe(1);
    permit.release();
    await clock.advance(1);
    expect(limits.stats().keys).toBe(0);
    expect(clock.pending).toEqual([]);
  });

  test("without it no key is dropped for its age, and there is no timer", async () => {
    using clock = virtualTime();
    const limits = keyed(make);
    const a = limits.for("a");
    expect(clock.pending).toEqual([]);
    await clock.advance(1_000_000);
    expect(limits.for("a")).toBe(a);
  });

  test("together with maxKeys: who is dropped for another leaves the timer to the rest", async () => {
    using clock = virtualTime();
    const limits = keyed(make, { idle: 100, maxKeys: 1 });
    limits.for("a");
    await clock.advance(50);
    const b = limits.for("b");
    await clock.advance(50);
    expect(limits.for("b")).toBe(b);
    await clock.advance(100);
    expect(limits.stats().keys).toBe(0);
    expect(clock.pending).toEqual([]);
  });

  test("what was dropped is not kept alive", async () => {
    using clock = virtualTime();
    const limits = keyed<number, Semaphore>(make, { idle: 10 });
    const references = Array.from({ length: 100 }, (_, key) => new WeakRef(limits.for(key)));
    await clock.advance(10);
    clock[Symbol.dispose]();
    expect(await survivors(references)).toBeLessThan(5);
    expect(limits.stats().keys).toBe(0);
  });
});

describe("keyed(): arguments", () => {
  test.each([
    [undefined, {}, TypeError, "keyed: make must be a function, got undefined"],
    [new Semaphore(1), {}, TypeError, "keyed: make must be a function, got Semaphore"],
    [make, { maxKeys: 0 }, RangeError, "keyed: maxKeys must be an integer >= 1 or Infinity, got 0"],
    [make, { maxKeys: "9" }, TypeError, 'keyed: maxKeys must be an integer >= 1 or Infinity, got "9"'],
    [make, { idle: -1 }, RangeError, "keyed: idle must be a number >= 0, got -1"],
    [make, { idle: Number.NaN }, RangeError, "keyed: idle must be a number >= 0, got NaN"],
  ])("%o, %o is refused", (given, options, type, message) => {
    const call = () => keyed(given as typeof make, options as never);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  test("takes options that are given as undefined for their defaults", () => {
    const limits = keyed(make, { maxKeys: undefined, idle: undefined });
    expect(limits.for("a")).toBe(limits.for("a"));
  });

  test("types", () => {
    expectTypeOf(keyed((host: string) => new Semaphore(host.length))).toEqualTypeOf<
      Keyed<string, Semaphore>
    >();
    expectTypeOf(
      keyed<number, CircuitBreaker>(() => new CircuitBreaker()).for(1),
    ).toEqualTypeOf<CircuitBreaker>();
    expectTypeOf(keyed((n: number) => new RateLimiter({ limit: n, interval: 1 })).for)
      .parameter(0)
      .toEqualTypeOf<number>();
    // @ts-expect-error nothing says whether it is in use
    keyed(() => ({ execute() {} }));
  });
});
