import { describe, expect, expectTypeOf, test } from "vitest";
import { Bulkhead, QueueFullError, Semaphore, sleep, timeout, type Policy } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { deferred, flush, rejection } from "../../support/waiting.ts";

describe("Bulkhead", () => {
  test("runs `concurrency` at once and refuses one more, without calling it", async () => {
    const bulkhead = new Bulkhead({ concurrency: 2 });
    const work = deferred<string>();
    const running = [1, 2].map(() => bulkhead.execute(() => work.promise));
    let called = false;
    const error = await rejection(bulkhead.execute(() => void (called = true)));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({
      code: "ERR_QUEUE_FULL",
      message: "Bulkhead: the queue is full, 0 may wait",
    });
    expect(called).toBe(false);
    expect(bulkhead.stats()).toEqual({ permits: 2, held: 2, waiting: 0 });
    work.resolve("done");
    expect(await Promise.all(running)).toEqual(["done", "done"]);
    expect(await bulkhead.execute(() => "room again")).toBe("room again");
  });

  test("lets `maxQueue` wait, in order", async () => {
    const bulkhead = new Bulkhead({ concurrency: 1, maxQueue: 2 });
    const work = deferred();
    const order: string[] = [];
    const running = bulkhead.execute(() => work.promise);
    const waiting = ["a", "b"].map((name) => bulkhead.execute(() => order.push(name)));
    await expect(bulkhead.execute(() => order.push("c"))).rejects.toThrow(
      "Bulkhead: the queue is full, 2 may wait",
    );
    work.resolve();
    await Promise.all([running, ...waiting]);
    expect(order).toEqual(["a", "b"]);
  });

  test("a queued call that is aborted rejects at its abort, and strands nobody behind it", async () => {
    using clock = virtualTime();
    const bulkhead = new Bulkhead({ concurrency: 1, maxQueue: 2 });
    const running = observe(bulkhead.execute(() => sleep(800)));
    const controller = new AbortController();
    const aborted = observe(bulkhead.execute(() => 1, { signal: controller.signal }));
    const next = observe(bulkhead.execute(() => 2));
    await clock.advance(50);
    controller.abort("gave up");
    await clock.advance(0);
    expect(aborted).toMatchObject({ status: "rejected", reason: "gave up", at: 50 });
    await clock.advance(750);
    expect(running).toMatchObject({ status: "fulfilled", at: 800 });
    expect(next).toMatchObject({ status: "fulfilled", value: 2, at: 800 });
  });

  test("a timed-out task keeps its slot until it ends", async () => {
    using clock = virtualTime();
    const bulkhead = new Bulkhead({ concurrency: 1 });
    let running = 0;
    let peak = 0;
    const work = async (): Promise<void> => {
      peak = Math.max(peak, ++running);
      await sleep(400);
      running--;
    };
    const call = () => timeout(({ signal }) => bulkhead.execute(work, { signal }), 50).catch(() => "refused");
    const first = call();
    await clock.advance(100);
    const others = [call(), call(), call()];
    await clock.advance(500);
    expect(await Promise.all([first, ...others])).toEqual(["refused", "refused", "refused", "refused"]);
    expect(peak).toBe(1);
  });

  test("is a semaphore: permits, resize, pause, onIdle", async () => {
    const bulkhead = new Bulkhead({ concurrency: 1, maxQueue: Infinity });
    expect(bulkhead).toBeInstanceOf(Semaphore);
    using _ = await bulkhead.acquire();
    const waiting = observe(bulkhead.execute(() => "in"));
    bulkhead.resize(2);
    await flush();
    expect(waiting.value).toBe("in");
    expect(Object.prototype.toString.call(bulkhead)).toBe("[object Bulkhead]");
  });

  test("names itself in what it refuses", async () => {
    const bulkhead = new Bulkhead({ concurrency: 2 });
    await expect(bulkhead.execute(1 as never)).rejects.toThrow(
      new TypeError("Bulkhead.execute: task must be a function, got 1"),
    );
    await expect(bulkhead.acquire({ weight: 3 })).rejects.toThrow(
      new RangeError("Bulkhead: weight must be at most the permits (2), got 3"),
    );
    await expect(bulkhead.acquire({ priority: Number.NaN })).rejects.toThrow(
      new RangeError("Bulkhead: priority must be a number >= -Infinity, got NaN"),
    );
    expect(() => bulkhead.resize(0)).toThrow(
      new RangeError("Bulkhead.resize: permits must be an integer >= 1 or Infinity, got 0"),
    );
  });

  test.each([
    [{ concurrency: 0 }, "Bulkhead: concurrency must be an integer >= 1 or Infinity, got 0"],
    [{}, "Bulkhead: concurrency must be an integer >= 1 or Infinity, got undefined"],
    [{ concurrency: 1, maxQueue: -1 }, "Bulkhead: maxQueue must be an integer >= 0 or Infinity, got -1"],
  ])("refuses %o", (options, message) => {
    expect(() => new Bulkhead(options as never)).toThrow(message);
  });

  test("types", () => {
    const bulkhead = new Bulkhead({ concurrency: 1, maxQueue: undefined });
    expectTypeOf(bulkhead).toExtend<Policy>();
    expectTypeOf(bulkhead.execute(async () => 1)).toEqualTypeOf<Promise<number>>();
  });
});
