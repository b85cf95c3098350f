import { describe, expect, test, vi } from "vitest";
import {
  AsyncCache,
  background,
  chaos,
  CircuitBreaker,
  consecutive,
  HealthMonitor,
  keyed,
  retry,
  RetryBudget,
  Semaphore,
  sleep,
  type CacheEntry,
} from "yieldpoint";
import { subscribe } from "yieldpoint/diagnostics";
import { virtualTime } from "yieldpoint/testing";
import { call } from "../../support/breaker.ts";
import { flush, rejection } from "../../support/waiting.ts";
import { Heard } from "./hear.ts";

describe("yieldpoint:circuit-breaker", () => {
  const name = "yieldpoint:circuit-breaker";

  test("tells how calls end, what is refused, and each change of state", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const source = new CircuitBreaker({ trip: consecutive(2), cooldown: 1_000 });
    await call(source, "succeed", "fail");
    expect(heard.take()).toStrictEqual([
      { event: "successes", source },
      { event: "failures", source },
    ]);
    await call(source, "fail", "succeed");
    expect(heard.take()).toStrictEqual([
      { event: "failures", source },
      { event: "state", source, from: "closed", to: "open" },
      { event: "rejected", source },
    ]);
    await clock.advance(1_000);
    expect(source.state).toBe("half-open");
    expect(heard.messages).toEqual([]);
    await call(source, "succeed");
    expect(heard.take()).toStrictEqual([
      { event: "state", source, from: "open", to: "half-open" },
      { event: "successes", source },
      { event: "state", source, from: "half-open", to: "closed" },
    ]);
  });

  test("tells of calls that count as neither", async () => {
    using heard = new Heard(name);
    const source = new CircuitBreaker({ isFailure: () => false });
    await call(source, "fail");
    const controller = new AbortController();
    const aborted = source.execute(
      ({ signal }) => rejection(sleep(1_000, { signal })).then((e) => Promise.reject(e)),
      {
        signal: controller.signal,
      },
    );
    controller.abort("gone");
    expect(await rejection(aborted)).toBe("gone");
    expect(heard.take()).toStrictEqual([
      { event: "ignored", source },
      { event: "ignored", source },
    ]);
    expect(source.stats()).toMatchObject({ ignored: 2 });
  });

  test("tells of a circuit that is shut by hand, once for all who shut it", async () => {
    using heard = new Heard(name);
    const source = new CircuitBreaker();
    const handles = [source.isolate(), source.isolate()];
    await call(source, "succeed");
    for (const handle of handles) handle[Symbol.dispose]();
    expect(heard.take()).toStrictEqual([
      { event: "state", source, from: "closed", to: "isolated" },
      { event: "rejected", source },
      { event: "state", source, from: "isolated", to: "closed" },
    ]);
  });

  test("tells before onStateChange is called, whether or not that throws", async () => {
    const log: unknown[] = [];
    using heard = new Heard(name);
    heard.messages.push = (...messages) => log.push(...messages.map(({ event }) => event));
    const source = new CircuitBreaker({
      trip: consecutive(1),
      onStateChange: (change) => {
        log.push(change);
        throw new Error("ignored");
      },
    });
    await call(source, "fail");
    expect(log).toStrictEqual(["failures", "state", { from: "closed", to: "open" }]);
  });
});

describe("yieldpoint:async-cache", () => {
  const name = "yieldpoint:async-cache";

  test("tells of hits, old values and misses", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const source = new AsyncCache(async (key: string) => key, { ttl: 100, stale: 50 });
    await source.get("a");
    expect(heard.take()).toStrictEqual([{ event: "misses", source }]);
    await source.get("a");
    expect(heard.take()).toStrictEqual([{ event: "hits", source }]);
    await clock.advance(100);
    await source.get("a");
    expect(heard.take()).toStrictEqual([{ event: "stale", source }]);
    await clock.advance(150);
    await Promise.all([source.get("a"), source.get("a")]);
    expect(heard.events()).toEqual(["misses", "misses"]);
    expect(source.stats()).toEqual({ hits: 1, stale: 1, misses: 3, loading: 0 });
  });

  test("tells of a load that fails, once for all who wait for it", async () => {
    using heard = new Heard(name);
    const source = new AsyncCache(() => Promise.reject(new Error("down")), { ttl: 100 });
    await Promise.all([rejection(source.get("a")), rejection(source.get("a"))]);
    expect(heard.take()).toStrictEqual([
      { event: "misses", source },
      { event: "misses", source },
      { event: "failures", source },
    ]);
  });

  test("tells of a reload behind an old value that fails", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const load = vi.fn<() => Promise<number>>().mockResolvedValueOnce(1).mockRejectedValue(new Error("down"));
    const source = new AsyncCache(load, { ttl: 10, stale: 100 });
    await source.get("a");
    await clock.advance(10);
    expect(await source.get("a")).toBe(1);
    await clock.advance(0);
    expect(heard.take()).toStrictEqual([
      { event: "misses", source },
      { event: "stale", source },
      { event: "failures", source },
    ]);
  });

  test("tells of a value that cannot be stored", async () => {
    using heard = new Heard(name);
    const storage = new Map<string, CacheEntry<number>>();
    storage.set = () => {
      throw new Error("full");
    };
    const source = new AsyncCache(() => 1, { ttl: 10, storage });
    await rejection(source.get("a"));
    expect(heard.events()).toEqual(["misses", "failures"]);
  });

  test("tells nothing of a load that nobody waits for any more", async () => {
    using heard = new Heard(name);
    const controller = new AbortController();
    const source = new AsyncCache((_key, { signal }) => sleep(1_000, { signal }), { ttl: 10 });
    const failed = rejection(source.get("a", { signal: controller.signal }));
    controller.abort();
    await failed;
    await flush();
    expect(heard.events()).toEqual(["misses"]);
  });
});

describe("yieldpoint:health-monitor", () => {
  test("tells when a check turns unhealthy and healthy again, and nothing else on any channel", async () => {
    using clock = virtualTime();
    using heard = new Heard("yieldpoint:health-monitor");
    using semaphores = new Heard("yieldpoint:semaphore");
    let error: Error | undefined = new Error("down");
    const check = (): void => {
      if (error) throw error;
    };
    using source = new HealthMonitor({
      checks: { database: check, queue: () => {} },
      interval: 100,
      failures: 2,
      successes: 1,
    });
    source.start();
    await clock.advance(99);
    expect(heard.messages).toEqual([]);
    await clock.advance(1);
    const unhealthy = { name: "database", healthy: false, failures: 2, successes: 0, error };
    expect(heard.take()).toStrictEqual([{ event: "change", source, ...unhealthy }]);
    error = undefined;
    await clock.advance(100);
    const healthy = { name: "database", healthy: true, failures: 0, successes: 1, error: undefined };
    expect(heard.take()).toStrictEqual([{ event: "change", source, ...healthy }]);
    await clock.advance(1_000);
    expect(heard.messages).toEqual([]);
    expect(semaphores.messages).toEqual([]);
  });
});

describe("yieldpoint:retry-budget", () => {
  test("tells which further calls may be made, and which not", async () => {
    using heard = new Heard("yieldpoint:retry-budget");
    const source = new RetryBudget({ ratio: 0, reserve: 2 });
    const down = () => Promise.reject(new Error("down"));
    await rejection(retry(down, { budget: source, backoff: 0, attempts: 2 }));
    expect(heard.take()).toStrictEqual([{ event: "granted", source }]);
    await rejection(retry(down, { budget: source, backoff: 0 }));
    expect(heard.take()).toStrictEqual([
      { event: "granted", source },
      { event: "refused", source },
    ]);
    expect(source.stats()).toMatchObject({ granted: 2, refused: 1 });
  });
});

describe("yieldpoint:background", () => {
  const name = "yieldpoint:background";

  test("tells of tasks that start and that fail, before onError is called", async () => {
    using heard = new Heard(name);
    const error = new Error("down");
    let before: unknown[] = [];
    const source = background({ onError: () => (before = heard.events()) });
    source.spawn(() => "sent");
    expect(heard.take()).toStrictEqual([{ event: "spawned", source }]);
    source.spawn(() => Promise.reject(error));
    expect(heard.take()).toStrictEqual([{ event: "spawned", source }]);
    await source.drain();
    expect(before).toEqual(["failed"]);
    source.spawn(() => Promise.reject(error));
    await flush();
    expect(before).toEqual(["spawned", "failed"]);
  });

  test("tells the failure itself, and nothing of a task that drain has stopped", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const error = new Error("down");
    const source = background({ onError: () => {} });
    source.spawn(() => Promise.reject(error));
    await clock.advance(0);
    expect(heard.take()).toStrictEqual([
      { event: "spawned", source },
      { event: "failed", source, error },
    ]);
    source.spawn(({ signal }) => sleep(1_000, { signal }));
    const drained = rejection(source.drain({ deadline: 10 }));
    await clock.advance(10);
    await drained;
    expect(source.stats()).toEqual({ running: 0 });
    expect(heard.events()).toEqual(["spawned"]);
  });
});

describe("yieldpoint:chaos", () => {
  const name = "yieldpoint:chaos";

  test("tells each disturbance as it is injected", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const source = chaos({ latencyRate: 1, latency: 10, faultRate: 1 });
    const failed = rejection(source.execute(() => "made"));
    expect(heard.take()).toStrictEqual([{ event: "latencies", source }]);
    await clock.advance(10);
    await failed;
    expect(heard.take()).toStrictEqual([{ event: "faults", source }]);
    const answering = chaos({ resultRate: 1, result: "answered" });
    expect(await answering.execute(() => "made")).toBe("answered");
    expect(heard.take()).toStrictEqual([{ event: "results", source: answering }]);
  });

  test("tells nothing of a call that it leaves alone", async () => {
    using heard = new Heard(name);
    expect(await chaos().execute(() => "made")).toBe("made");
    expect(heard.messages).toEqual([]);
  });
});

describe("yieldpoint:keyed", () => {
  const name = "yieldpoint:keyed";

  test("tells what is made, dropped for want of place, and refused", () => {
    using heard = new Heard(name);
    const source = keyed(() => new Semaphore(1), { maxKeys: 1 });
    source.for("a");
    source.for("a");
    expect(heard.take()).toStrictEqual([{ event: "made", source, key: "a" }]);
    using _held = source.for("b").tryAcquire();
    expect(heard.take()).toStrictEqual([
      { event: "dropped", source, key: "a" },
      { event: "made", source, key: "b" },
    ]);
    expect(() => source.for("c")).toThrow("in use");
    expect(heard.take()).toStrictEqual([{ event: "rejected", source, key: "c" }]);
  });

  test("tells what is dropped because nobody has asked for it", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const source = keyed(() => new Semaphore(1), { idle: 100 });
    source.for("a");
    await clock.advance(101);
    expect(heard.take()).toStrictEqual([
      { event: "made", source, key: "a" },
      { event: "dropped", source, key: "a" },
    ]);
  });

  test("keeps to its limit when a listener asks for keys", () => {
    const source = keyed((key: string) => ({ key, stats: () => ({}) }), { maxKeys: 1 });
    using _subscription = subscribe(name, ({ event, key }) => {
      if (event === "made" && key === "a") source.for("b");
    });
    expect(source.for("a").key).toBe("a");
    expect(source.stats()).toEqual({ keys: 1 });
    expect(source.for("b")).toBe(source.for("b"));
  });
});
