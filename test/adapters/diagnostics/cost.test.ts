import * as diagnostics from "node:diagnostics_channel";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  AsyncCache,
  AsyncEvent,
  AsyncQueue,
  background,
  Barrier,
  Bulkhead,
  chaos,
  CircuitBreaker,
  Condition,
  consecutive,
  HealthMonitor,
  keyed,
  Mutex,
  RateLimiter,
  ReadWriteLock,
  RetryBudget,
  Semaphore,
  sleep,
} from "yieldpoint";
import { channelNames, subscribe, type ChannelName } from "yieldpoint/diagnostics";
import { virtualTime } from "yieldpoint/testing";
import { call } from "../../support/breaker.ts";
import { rejection } from "../../support/waiting.ts";

afterEach(() => vi.restoreAllMocks());

/** Makes a pattern do all that it tells of, and says how often it needs the time for itself. */
interface Work {
  readonly run: () => Promise<unknown>;
  readonly clockReads: number;
}

/** Lets one caller in at once, one after a wait, and none of one that gives up. */
async function holds(enter: (signal?: AbortSignal) => Promise<{ release: () => void }>): Promise<void> {
  const first = await enter();
  const controller = new AbortController();
  const aborted = rejection(enter(controller.signal));
  const second = enter();
  controller.abort();
  await aborted;
  first.release();
  (await second).release();
}

const works: Record<Exclude<ChannelName, "yieldpoint:adaptive-limiter">, Work> = {
  "yieldpoint:semaphore": {
    async run() {
      const semaphore = new Semaphore(1, { maxQueue: 2 });
      await holds((signal) => semaphore.acquire({ signal }));
      await Promise.all([
        semaphore.execute(() => {}),
        semaphore.execute(() => {}),
        semaphore.execute(() => {}),
      ]);
    },
    clockReads: 0,
  },
  "yieldpoint:bulkhead": {
    async run() {
      const bulkhead = new Bulkhead({ concurrency: 1, maxQueue: 2 });
      await holds((signal) => bulkhead.acquire({ signal }));
    },
    clockReads: 0,
  },
  "yieldpoint:mutex": {
    async run() {
      const mutex = new Mutex();
      await holds((signal) => mutex.acquire({ signal }));
    },
    clockReads: 0,
  },
  "yieldpoint:read-write-lock": {
    async run() {
      const lock = new ReadWriteLock();
      await holds((signal) => lock.write({ signal }));
    },
    clockReads: 0,
  },
  "yieldpoint:rate-limiter": {
    async run() {
      const limiter = new RateLimiter({ limit: 1, interval: 10, maxQueue: 1 });
      await limiter.acquire();
      const second = limiter.acquire();
      await rejection(limiter.acquire());
      await second;
    },
    // One when somebody comes and nobody waits, one before the timer is set, one when it fires.
    clockReads: 4,
  },
  "yieldpoint:async-queue": {
    async run() {
      const queue = new AsyncQueue<number>({ capacity: 1 });
      const puts = [queue.put(1), queue.put(2)];
      await queue.get();
      await Promise.all(puts);
    },
    clockReads: 0,
  },
  "yieldpoint:async-event": {
    async run() {
      const event = new AsyncEvent();
      const controller = new AbortController();
      const aborted = rejection(event.wait({ signal: controller.signal }));
      const waiting = event.wait();
      controller.abort();
      await aborted;
      event.set();
      await Promise.all([waiting, event.wait()]);
    },
    clockReads: 0,
  },
  "yieldpoint:barrier": {
    async run() {
      const barrier = new Barrier(2);
      const controller = new AbortController();
      const aborted = rejection(barrier.arrive({ signal: controller.signal }));
      controller.abort();
      await aborted;
      await Promise.all([barrier.arrive(), barrier.arrive()]);
    },
    clockReads: 0,
  },
  "yieldpoint:condition": {
    async run() {
      const mutex = new Mutex();
      const condition = new Condition(mutex);
      const controller = new AbortController();
      const aborted = rejection(mutex.execute(() => condition.wait({ signal: controller.signal })));
      const waiting = mutex.execute(() => condition.wait());
      await sleep(1);
      controller.abort();
      await aborted;
      condition.notify();
      await waiting;
    },
    clockReads: 0,
  },
  "yieldpoint:async-cache": {
    async run() {
      const cache = new AsyncCache((key: string) => key || Promise.reject(new Error("no key")), {
        ttl: 1_000,
      });
      await rejection(cache.get(""));
      await cache.get("a");
      await cache.get("a");
    },
    // One when the value is stored, one when it is given.
    clockReads: 2,
  },
  "yieldpoint:circuit-breaker": {
    async run() {
      const breaker = new CircuitBreaker({ trip: consecutive(1) });
      await call(breaker, "succeed", "fail", "fail");
    },
    // One when it opens, one when it refuses.
    clockReads: 2,
  },
  "yieldpoint:health-monitor": {
    async run() {
      const checks = { database: () => Promise.reject(new Error("down")) };
      using monitor = new HealthMonitor({ checks, failures: 1, interval: 1_000 });
      monitor.start();
      await sleep(10);
    },
    clockReads: 0,
  },
  "yieldpoint:retry-budget": {
    async run() {
      const budget = new RetryBudget({ reserve: 1, ratio: 0 });
      budget.tryWithdraw();
      budget.tryWithdraw();
    },
    clockReads: 0,
  },
  "yieldpoint:background": {
    async run() {
      const tasks = background({ onError: () => {} });
      tasks.spawn(() => Promise.reject(new Error("down")));
      await tasks.drain();
    },
    clockReads: 0,
  },
  "yieldpoint:chaos": {
    async run() {
      await rejection(chaos({ latencyRate: 1, latency: 1, faultRate: 1 }).execute(() => {}));
      await chaos({ resultRate: 1, result: 1 }).execute(() => {});
    },
    clockReads: 0,
  },
  "yieldpoint:keyed": {
    async run() {
      const perKey = keyed(() => new Semaphore(1), { maxKeys: 1 });
      perKey.for("a");
      const held = perKey.for("b").tryAcquire();
      expect(() => perKey.for("c")).toThrow("in use");
      held?.release();
    },
    // One when a key is used, one when its timer is set, one when who is in use goes to the end.
    clockReads: 4,
  },
};

/** How often the clock was read, and whether a message was handed over for nobody. */
async function costs(run: Work["run"]): Promise<{ clockReads: number; messages: number }> {
  using clock = virtualTime();
  const silent = Object.getPrototypeOf(diagnostics.channel("yieldpoint:none")) as diagnostics.Channel;
  const publish = vi.spyOn(silent, "publish");
  const now = vi.spyOn(performance, "now");
  await clock.run(run);
  return { clockReads: now.mock.calls.length, messages: publish.mock.calls.length };
}

describe.each(Object.entries(works))("%s", (name, { run, clockReads }) => {
  test("makes no message and measures no wait while nobody listens", async () => {
    expect(await costs(run)).toEqual({ clockReads, messages: 0 });
  });

  test("and again none, once nobody listens any more", async () => {
    const heard: unknown[] = [];
    const subscription = subscribe(name as ChannelName, ({ event }) => heard.push(event));
    {
      using clock = virtualTime();
      await clock.run(run);
    }
    expect(heard.length).toBeGreaterThan(0);
    subscription.unsubscribe();
    heard.length = 0;
    expect(await costs(run)).toEqual({ clockReads, messages: 0 });
    expect(heard).toEqual([]);
  });
});

test("every channel but that of the adaptive limiter, which measures anyway, is tried", () => {
  expect(new Set([...Object.keys(works), "yieldpoint:adaptive-limiter"])).toEqual(new Set(channelNames));
});
