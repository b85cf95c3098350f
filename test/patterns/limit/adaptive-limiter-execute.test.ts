import { AsyncLocalStorage } from "node:async_hooks";
import {
  AdaptiveLimiter,
  compose,
  QueueFullError,
  sleep,
  timeout,
  TimeoutError,
  timeoutPolicy,
  type AdaptiveLimiterOptions,
  type AdaptiveLimiterStats,
  type Policy,
  type Semaphore,
} from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, expectTypeOf, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";

describe("AdaptiveLimiter execute()", () => {
  test("runs as many at once as the limit, the others wait in order", async () => {
    const limiter = new AdaptiveLimiter({ initial: 2 });
    const work = deferred<string>();
    const running = [1, 2].map(() => limiter.execute(() => work.promise));
    const waiting = observe(limiter.execute(() => "third"));
    await flush();
    expect(limiter.stats()).toEqual({
      permits: 2,
      held: 2,
      waiting: 1,
      limit: 2,
      latency: undefined,
      baseline: Infinity,
    });
    expect(waiting.status).toBe("pending");
    work.resolve("done");
    expect(await Promise.all(running)).toEqual(["done", "done"]);
    await flush();
    expect(waiting.value).toBe("third");
  });

  test("refuses what exceeds `maxQueue`", async () => {
    const limiter = new AdaptiveLimiter({ initial: 1, maxQueue: 0 });
    using _ = await limiter.acquire();
    const error = await rejection(limiter.execute(() => {}));
    expect(error).toEqual(new QueueFullError("AdaptiveLimiter: the queue is full, 0 may wait"));
  });

  test("refuses no weight up to `min`, however low the limit falls, and one above while it is lower", async () => {
    const limiter = new AdaptiveLimiter({ initial: 40, min: 4, isOverload: () => true });
    while (limiter.stats().permits > 4) await rejection(limiter.execute(() => Promise.reject("busy")));
    expect(await limiter.execute(() => "fits", { weight: 4 })).toBe("fits");
    const tooHeavy = await rejection(limiter.execute(() => "does not", { weight: 5 }));
    expect(tooHeavy).toEqual(
      new RangeError("AdaptiveLimiter: weight must be at most the permits (4), got 5"),
    );
  });

  test.each([8, 20])("refuses no weight of %i within the limit while it measures", async (weight) => {
    using clock = virtualTime();
    const limiter = new AdaptiveLimiter({ max: 20 });
    const permits = new Set<number>();
    for (let n = 0; n < 60; n++) {
      await clock.run(() => limiter.execute(() => sleep(1), { weight }));
      permits.add(limiter.stats().permits);
    }
    // What is heavy fits into the dips.
    expect(permits).toStrictEqual(new Set([weight, 20]));
  });

  test("turns away nobody who waits with a weight as great as one before, while it measures", async () => {
    using clock = virtualTime();
    const limiter = new AdaptiveLimiter({ max: 20 });
    const all = Array.from({ length: 100 }, () => limiter.execute(() => sleep(1), { weight: 8 }));
    let dips = 0;
    for (let n = 0; n < 200; n++) {
      await clock.advance(1);
      if (limiter.stats().permits < 20) dips++;
    }
    expect(await Promise.all(all)).toHaveLength(100);
    expect(dips).toBeGreaterThan(0);
  });

  test.each([NaN, 0, 1.5, 21, Infinity])("takes no notice of the bad weight %s", async (weight) => {
    using clock = virtualTime();
    const limiter = new AdaptiveLimiter();
    await rejection(limiter.execute(() => 1, { weight }));
    const lowest: number[] = [];
    for (let n = 0; n < 21; n++) {
      await clock.run(() => limiter.execute(() => sleep(1)));
      lowest.push(limiter.stats().permits);
    }
    expect(Math.min(...lowest)).toBe(7);
  });

  test.each([undefined, null, 0, new Error("x")])("gives on the failure %s", async (reason) => {
    const limiter = new AdaptiveLimiter();
    expect(await rejection(limiter.execute(() => Promise.reject(reason)))).toBe(reason);
    const thrown = limiter.execute(() => {
      throw reason;
    });
    expect(await rejection(thrown)).toBe(reason);
    expect(limiter.stats().held).toBe(0);
  });

  test("an abort ends the wait, and a task that has started is followed to its end", async () => {
    const limiter = new AdaptiveLimiter({ initial: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const work = deferred<number>();
    const running = limiter.execute(() => work.promise, { signal });
    const waiting = limiter.execute(() => 2, { signal });
    const urgent = limiter.execute(() => 3, { priority: 1 });
    controller.abort("enough");
    expect(await rejection(waiting)).toBe("enough");
    expect(listeners(signal)).toBe(0);
    expect(await rejection(limiter.execute(() => 4, { signal }))).toBe("enough");
    work.resolve(1);
    expect([await running, await urgent]).toEqual([1, 3]);
  });

  test("10,000 aborted waiters leave no listener, and hold nobody up", async () => {
    const found = await complaints(async () => {
      const limiter = new AdaptiveLimiter({ initial: 1 });
      const work = deferred();
      const running = limiter.execute(() => work.promise);
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = Array.from({ length: 10_000 }, () => limiter.execute(() => {}, { signal }));
      const last = limiter.execute(() => "last");
      controller.abort("enough");
      expect(new Set(await Promise.all(waiting.map(rejection)))).toEqual(new Set(["enough"]));
      expect(listeners(signal)).toBe(0);
      work.resolve();
      await running;
      expect(await last).toBe("last");
    });
    expect(found).toEqual([]);
  });

  test("hands the caller's signal on, and makes none that is not read", async () => {
    const limiter = new AdaptiveLimiter();
    const { signal } = new AbortController();
    expect(await limiter.execute((context) => context.signal === signal, { signal })).toBe(true);
    using controllers = countControllers();
    const policy = compose(timeoutPolicy(1_000), limiter);
    expect(await policy.execute(({ attempt }) => attempt)).toBe(1);
    expect(controllers.made).toBe(0);
  });

  test("runs each task in the AsyncLocalStorage context of its caller", async () => {
    const limiter = new AdaptiveLimiter({ initial: 1 });
    const user = new AsyncLocalStorage<string>();
    const ask = (name: string) => user.run(name, () => limiter.execute(() => user.getStore()));
    expect(await Promise.all([ask("Ada"), ask("Bob")])).toEqual(["Ada", "Bob"]);
  });

  test("a task that is let go at its timeout keeps its permit until it ends", async () => {
    using clock = virtualTime();
    const limiter = new AdaptiveLimiter({ initial: 1 });
    const call = () => timeout(({ signal }) => limiter.execute(() => sleep(400), { signal }), 50);
    const error = rejection(call());
    await clock.advance(100);
    expect(await error).toBeInstanceOf(TimeoutError);
    expect(limiter.stats().held).toBe(1);
    await clock.advance(300);
    expect(limiter.stats().held).toBe(0);
  });
});

describe("AdaptiveLimiter bad arguments", () => {
  const bad = (value: unknown) => value as never;

  test.each<[AdaptiveLimiterOptions, string]>([
    [{ min: 0 }, "min must be an integer >= 1 or Infinity, got 0"],
    [{ max: 1.5 }, "max must be an integer >= 1 or Infinity, got 1.5"],
    [{ min: 5, max: 4 }, "max must be an integer >= 5 or Infinity, got 4"],
    [{ initial: 4, min: 5 }, "initial must be an integer >= 5 or Infinity, got 4"],
    [{ initial: 11, max: 10 }, "initial must be at most max, got 11"],
    [{ initial: Infinity, max: Infinity }, "initial must be at most max, got Infinity"],
    [{ initial: bad("5") }, 'initial must be an integer >= 1 or Infinity, got "5"'],
    [{ maxQueue: -1 }, "maxQueue must be an integer >= 0 or Infinity, got -1"],
    [{ tolerance: 0.9 }, "tolerance must be a number >= 1, got 0.9"],
    [{ isOverload: bad(true) }, "isOverload must be a function, got true"],
    [{ onLimitChange: bad(null) }, "onLimitChange must be a function, got null"],
  ])("%o is refused", (options, message) => {
    expect(() => new AdaptiveLimiter(options)).toThrow(`AdaptiveLimiter: ${message}`);
  });

  test("a task that is no function, a weight or a new limit that is none", async () => {
    const limiter = new AdaptiveLimiter({ initial: 2 });
    expect(await rejection(limiter.execute(bad(1)))).toEqual(
      new TypeError("AdaptiveLimiter.execute: task must be a function, got 1"),
    );
    expect(await rejection(limiter.execute(() => {}, { weight: 3 }))).toEqual(
      new RangeError("AdaptiveLimiter: weight must be at most the permits (2), got 3"),
    );
    expect(() => limiter.resize(0)).toThrow(
      new RangeError("AdaptiveLimiter.resize: permits must be an integer >= 1 or Infinity, got 0"),
    );
  });

  test.each([
    [{}, 20],
    [{ max: 10 }, 10],
    [{ min: 30 }, 30],
    [{ initial: undefined, min: undefined, max: undefined, maxQueue: undefined, tolerance: undefined }, 20],
    [{ isOverload: undefined, onLimitChange: undefined }, 20],
  ])("with %o it begins at %i", (options, limit) => {
    expect(new AdaptiveLimiter(options).stats()).toMatchObject({ limit, permits: limit });
  });

  test("the highest limit is `min` where that is over 1,000, and nothing else is said", () => {
    expect(new AdaptiveLimiter({ min: 2_000 }).stats().limit).toBe(2_000);
  });

  test("the highest limit is 1,000 where nothing else is said", () => {
    const limiter = new AdaptiveLimiter();
    limiter.resize(2_000);
    expect(limiter.stats().limit).toBe(1_000);
  });

  test("types", () => {
    const limiter = new AdaptiveLimiter({});
    expectTypeOf(limiter).toExtend<Policy>();
    expectTypeOf(limiter).toExtend<Semaphore>();
    expectTypeOf(limiter.execute(async () => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(limiter.stats()).toEqualTypeOf<AdaptiveLimiterStats>();
    // @ts-expect-error a promise has started already
    expectTypeOf(limiter.execute).toBeCallableWith(Promise.resolve());
  });
});
