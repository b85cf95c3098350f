import { performance as hooksPerformance } from "node:perf_hooks";
import timersModule, * as timersNamespace from "node:timers";
import { setTimeout as namedSetTimeout } from "node:timers";
import promisesModule, {
  scheduler,
  setImmediate as turn,
  setInterval as every,
  setTimeout as sleep,
} from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { virtualTime } from "../../src/testing/index.ts";

describe("virtualTime() covers", () => {
  const waits: Readonly<Record<string, () => PromiseLike<unknown>>> = {
    "the global setTimeout": () => new Promise((resolve) => setTimeout(resolve, 1000)),
    "the global setInterval": () =>
      new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          clearInterval(timer);
          resolve();
        }, 1000);
      }),
    "node:timers": () => new Promise((resolve) => timersModule.setTimeout(resolve, 1000)),
    "named imports of node:timers": () => new Promise((resolve) => namedSetTimeout(resolve, 1000)),
    "the namespace of node:timers": () => new Promise((resolve) => timersNamespace.setTimeout(resolve, 1000)),
    "node:timers/promises": () => promisesModule.setTimeout(1000),
    "named imports of node:timers/promises": () => sleep(1000),
    "setInterval of node:timers/promises": async () => {
      for await (const tick of every(1000, "tick")) return tick;
      return undefined;
    },
    "scheduler.wait": () => scheduler.wait(1000),
    "util.promisify(setTimeout)": () => promisify(setTimeout)(1000),
    "AbortSignal.timeout": () =>
      new Promise((resolve) => {
        AbortSignal.timeout(1000).addEventListener("abort", resolve);
      }),
  };
  test.each(Object.entries(waits))("%s", async (_name, wait) => {
    using clock = virtualTime();
    await clock.run(wait);
    expect(clock.now).toBe(1000);
  });

  test("Date, which starts at 2025-01-01", async () => {
    using clock = virtualTime();
    expect(new Date().toISOString()).toBe("2025-01-01T00:00:00.000Z");
    const started = Date.now();
    await clock.advance(1500);
    expect(Date.now() - started).toBe(1500);
    expect(new Date().getTime()).toBe(Date.now());
    expect(Date()).toContain("2025");
  });

  test("Date without changing what a date is", () => {
    const before = new Date(0);
    using _clock = virtualTime();
    expect(before).toBeInstanceOf(Date);
    expect(new Date(5).getTime()).toBe(5);
    expect(new Date(2020, 1, 2).getFullYear()).toBe(2020);
    expect(Date.parse("1970-01-01T00:00:01Z")).toBe(1000);
    class Day extends Date {}
    expect(new Day()).toBeInstanceOf(Day);
    expect(new Day().getTime()).toBe(Date.now());
  });

  test("performance.now, which starts at 0, and leaves the rest of performance alone", async () => {
    using clock = virtualTime();
    expect(performance.now()).toBe(0);
    await clock.advance(250);
    expect(performance.now()).toBe(250);
    expect(hooksPerformance.now()).toBe(250);
    expect(performance.mark("here").name).toBe("here");
  });

  test("process.hrtime", async () => {
    using clock = virtualTime();
    const started = process.hrtime();
    const startedNs = process.hrtime.bigint();
    await clock.advance(1500);
    expect(process.hrtime(started)).toEqual([1, 500_000_000]);
    expect(process.hrtime([0, 600_000_000])).toEqual([0, 900_000_000]);
    expect(process.hrtime.bigint() - startedNs).toBe(1_500_000_000n);
  });

  test("setImmediate and its promise, without moving time", async () => {
    using clock = virtualTime();
    const order: string[] = [];
    await clock.run(async () => {
      setImmediate((name: string) => order.push(name), "callback");
      order.push(await turn("promise"));
      order.push(await promisify(setImmediate)("promisified"));
      await scheduler.yield();
    });
    expect(order).toEqual(["callback", "promise", "promisified"]);
    expect(clock.now).toBe(0);
  });

  test("neither process.nextTick nor queueMicrotask, which run without the clock", async () => {
    using _clock = virtualTime();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      process.nextTick(() => order.push("tick"));
      queueMicrotask(() => {
        order.push("microtask");
        process.nextTick(resolve);
      });
    });
    expect(new Set(order)).toEqual(new Set(["microtask", "tick"]));
  });
});

describe("disposing a virtual clock", () => {
  const look = (): unknown[] => [
    ...[
      "setTimeout",
      "setInterval",
      "setImmediate",
      "clearTimeout",
      "clearInterval",
      "clearImmediate",
      "Date",
    ].map((name) => Object.getOwnPropertyDescriptor(globalThis, name)),
    ...Object.keys(timersModule).map((name) => Object.getOwnPropertyDescriptor(timersModule, name)),
    Object.getOwnPropertyDescriptor(performance, "now"),
    Object.getOwnPropertyDescriptor(process, "hrtime"),
    Object.getOwnPropertyDescriptor(AbortSignal, "timeout"),
    Object.getOwnPropertyDescriptor(scheduler, "wait"),
    Object.getOwnPropertyDescriptor(globalThis, "fetch"),
    promisify(setTimeout),
    namedSetTimeout,
    sleep,
    turn,
    every,
  ];

  test("restores everything, and once is enough", () => {
    const before = look();
    const clock = virtualTime();
    expect(look()).not.toEqual(before);
    clock[Symbol.dispose]();
    expect(look()).toEqual(before);
    clock[Symbol.dispose]();
    expect(look()).toEqual(before);
  });

  test("restores everything although the body failed", async () => {
    const before = look();
    const run = async (): Promise<void> => {
      using clock = virtualTime();
      await clock.run(() => {
        throw new Error("broken");
      });
    };
    await expect(run()).rejects.toThrow("broken");
    expect(look()).toEqual(before);
  });

  test("of an older clock leaves the newer one alone", () => {
    const older = virtualTime();
    older[Symbol.dispose]();
    using newer = virtualTime();
    older[Symbol.dispose]();
    expect(Date.now()).toBe(Date.UTC(2025, 0, 1));
    expect(newer.now).toBe(0);
  });

  test("rejects what is under way and what comes later", async () => {
    const clock = virtualTime();
    const running = clock.run(() => sleep(100));
    const advancing = clock.advance(100);
    clock[Symbol.dispose]();
    await expect(running).rejects.toThrow(/disposed while it was in use/);
    await expect(advancing).rejects.toThrow(/disposed/);
    await expect(clock.run(() => 1)).rejects.toThrow(/disposed/);
    await expect(clock.advance(1)).rejects.toThrow(/disposed/);
  });
});

describe("virtualTime() refuses", () => {
  test("to be installed twice, and says where the first one is", () => {
    using _clock = virtualTime();
    expect(() => virtualTime()).toThrow(
      /^virtualTime: a virtual clock is installed already \(at test\/testing\/virtual-time\.test\.ts:\d+\); dispose it first$/,
    );
  });

  test("to be installed over another library's fake timers", () => {
    vi.useFakeTimers();
    try {
      expect(() => virtualTime()).toThrow(/another library's fake timers are installed/);
    } finally {
      vi.useRealTimers();
    }
  });

  test("maxTimers that is not an integer >= 1", () => {
    expect(() => virtualTime({ maxTimers: 0 })).toThrow(
      new RangeError("virtualTime: maxTimers must be an integer >= 1, got 0"),
    );
    expect(() => virtualTime({ maxTimers: 1.5 })).toThrow(RangeError);
  });
});

describe("clock.pending", () => {
  test("lists what is armed with its kind, its due time and the line that armed it, the next one first", async () => {
    using clock = virtualTime();
    setTimeout(() => {}, 500);
    setInterval(() => {}, 200);
    void sleep(300);
    AbortSignal.timeout(400);
    setImmediate(() => {});
    expect(clock.pending.map(({ kind, due }) => [kind, due])).toEqual([
      ["setImmediate", 0],
      ["setInterval", 200],
      ["setTimeout", 300],
      ["AbortSignal.timeout", 400],
      ["setTimeout", 500],
    ]);
    for (const { at } of clock.pending) expect(at).toMatch(/^test\/testing\/virtual-time\.test\.ts:\d+$/);
    await clock.advance(250);
    expect(clock.pending.map(({ due }) => due)).toEqual([300, 400, 400, 500]);
  });

  test("names the line of the call itself", () => {
    using clock = virtualTime();
    const line = Number(/:(\d+):\d+\)?$/m.exec(new Error("here").stack?.split("\n")[1] ?? "")?.[1]);
    setTimeout(() => {}, 10);
    expect(clock.pending[0]?.at).toBe(`test/testing/virtual-time.test.ts:${line + 1}`);
  });
});
