import { AsyncLocalStorage } from "node:async_hooks";
import timersModule from "node:timers";
import { scheduler, setInterval as every, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { virtualTime } from "../../src/testing/index.ts";

describe("virtualTime() behaves as Node does:", () => {
  test("timers fire in the order of their due time, and those that are due together in the order of arming", async () => {
    using clock = virtualTime();
    const order: string[] = [];
    setTimeout(() => order.push("20"), 20);
    setTimeout(() => order.push("10 a"), 10);
    setTimeout(() => order.push("10 b"), 10);
    await clock.advance(20);
    expect(order).toEqual(["10 a", "10 b", "20"]);
  });

  test("microtasks run between two timers that are due together", async () => {
    using clock = virtualTime();
    const order: string[] = [];
    setTimeout(() => {
      order.push("first");
      void Promise.resolve().then(() => order.push("microtask"));
    }, 10);
    setTimeout(() => order.push("second"), 10);
    await clock.advance(10);
    expect(order).toEqual(["first", "microtask", "second"]);
  });

  test("an immediate runs after the timers that are due already", async () => {
    using clock = virtualTime();
    const order: string[] = [];
    setTimeout(() => setImmediate(() => order.push("immediate")), 10);
    setTimeout(() => order.push("timer"), 10);
    await clock.advance(10);
    expect(order).toEqual(["timer", "immediate"]);
  });

  test("a timeout gets its arguments", async () => {
    using clock = virtualTime();
    const callback = vi.fn<(a: number, b: string) => void>();
    setTimeout(callback, 10, 1, "two");
    await clock.advance(10);
    expect(callback).toHaveBeenCalledExactlyOnceWith(1, "two");
  });

  test("a cleared timer does not fire, whether cleared by its object or its number", async () => {
    using clock = virtualTime();
    const callback = vi.fn<() => void>();
    clearTimeout(setTimeout(callback, 10));
    clearTimeout(Number(setTimeout(callback, 10)));
    clearInterval(setInterval(callback, 10));
    clearImmediate(setImmediate(callback));
    setTimeout(callback, 10).close();
    setTimeout(callback, 10)[Symbol.dispose]();
    const live = vi.fn<() => void>();
    setTimeout(live, 10);
    await clock.advance(100);
    expect(live).toHaveBeenCalledOnce();
    expect(callback).not.toHaveBeenCalled();
  });

  test("clearing nothing, or clearing twice, is harmless", async () => {
    using clock = virtualTime();
    const timer = setTimeout(() => {}, 10);
    clearTimeout(timer);
    clearTimeout(timer);
    clearTimeout(undefined);
    clearTimeout(12_345);
    expect(clock.pending).toEqual([]);
  });

  test("a real timer from before the installation can be cleared", async () => {
    const callback = vi.fn<() => void>();
    const timer = setTimeout(callback, 1);
    const { setTimeout: realSetTimeout } = timersModule;
    {
      using _clock = virtualTime();
      clearTimeout(timer);
    }
    await new Promise((resolve) => realSetTimeout(resolve, 5));
    expect(callback).not.toHaveBeenCalled();
  });

  test("an interval fires until it is cleared, also from within its callback", async () => {
    using clock = virtualTime();
    const at: number[] = [];
    const timer = setInterval(() => {
      at.push(clock.now);
      if (at.length === 3) clearInterval(timer);
    }, 10);
    await clock.advance(100);
    expect(at).toEqual([10, 20, 30]);
  });

  test("a timer that is refreshed starts again, also after it has fired", async () => {
    using clock = virtualTime();
    const at: number[] = [];
    const timer = setTimeout(() => at.push(clock.now), 10);
    await clock.advance(5);
    timer.refresh();
    await clock.advance(20);
    timer.refresh();
    await clock.advance(20);
    expect(at).toEqual([15, 35]);
  });

  test("ref, unref and hasRef are there", () => {
    using _clock = virtualTime();
    const timer = setTimeout(() => {}, 10);
    expect(timer.hasRef()).toBe(true);
    expect(timer.unref().hasRef()).toBe(false);
    expect(timer.ref().hasRef()).toBe(true);
  });

  test("a delay is cut to whole milliseconds, 1 at least; over 2^31-1 it is 1, and NaN or negative none", async () => {
    using clock = virtualTime();
    const fired = new Map<number, number>();
    for (const delay of [0.5, 2.9, 2 ** 31, Infinity, Number.NaN, -5]) {
      setTimeout(() => fired.set(delay, clock.now), delay);
    }
    await clock.advance(10);
    expect(Object.fromEntries(fired)).toEqual({
      "0.5": 1,
      "2.9": 2,
      "2147483648": 1,
      Infinity: 1,
      NaN: 0,
      "-5": 0,
    });
  });

  test("a timeout of 0 takes no time, also when a timer arms it", async () => {
    using clock = virtualTime();
    const at: number[] = [];
    setTimeout(() => setTimeout(() => at.push(clock.now), 0), 10);
    await clock.advance(10);
    expect(at).toEqual([10]);
  });

  test("a callback that is no function is a TypeError", () => {
    using _clock = virtualTime();
    const wrong: unknown = "code";
    expect(() => Reflect.apply(setTimeout, undefined, [wrong, 10])).toThrow(TypeError);
  });

  test("a callback runs in the AsyncLocalStorage context of the code that armed it", async () => {
    using clock = virtualTime();
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    storage.run("request 1", () => setTimeout(() => seen.push(storage.getStore()), 10));
    storage.run("request 2", () => setTimeout(() => seen.push(storage.getStore()), 5));
    await clock.advance(10);
    expect(seen).toEqual(["request 2", "request 1"]);
  });

  test("an aborted wait of node:timers/promises is an AbortError with the reason as its cause", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const reason = new Error("enough");
    const waits = [
      sleep(100, undefined, { signal: controller.signal }),
      scheduler.wait(100, { signal: controller.signal }),
      every(100, undefined, { signal: controller.signal })[Symbol.asyncIterator]().next(),
    ];
    const settled = Promise.allSettled(waits);
    controller.abort(reason);
    for (const outcome of await settled) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { name: "AbortError", code: "ABORT_ERR", cause: reason },
      });
    }
    await expect(sleep(1, undefined, { signal: controller.signal })).rejects.toMatchObject({ cause: reason });
    expect(clock.pending).toEqual([]);
  });

  test("AbortSignal.timeout aborts with a TimeoutError", async () => {
    using clock = virtualTime();
    const signal = AbortSignal.timeout(100);
    await clock.advance(99);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toMatchObject({ name: "TimeoutError" });
  });

  test("leaving a for await over setInterval ends the interval", async () => {
    using clock = virtualTime();
    let ticks = 0;
    await clock.run(async () => {
      for await (const _tick of every(10)) if (++ticks === 3) break;
    });
    expect(clock.now).toBe(30);
    expect(clock.pending).toEqual([]);
  });
});
