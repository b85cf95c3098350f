import { AsyncLocalStorage } from "node:async_hooks";
import { HealthMonitor, sleep, TimeoutError, type HealthChange } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { complaints } from "../../support/waiting.ts";

/** A check that ends as the next letter says: p passes, f fails; after the last it passes. It keeps its times. */
function scripted(ends: string, ms = 0): { check: () => Promise<void>; readonly at: number[] } {
  const at: number[] = [];
  return {
    at,
    async check() {
      at.push(performance.now());
      const end = ends[at.length - 1];
      if (ms > 0) await sleep(ms);
      if (end === "f") throw new Error(`failure ${at.length}`);
    },
  };
}

describe("HealthMonitor thresholds", () => {
  test("a check is unhealthy after `failures` in a row, and healthy again after `successes` in a row", async () => {
    using clock = virtualTime();
    const changes: HealthChange<"db">[] = [];
    const { check } = scripted("ffpfffppfpppff");
    using monitor = new HealthMonitor({
      checks: { db: check },
      interval: 10,
      failures: 3,
      successes: 3,
      onChange: (change) => changes.push(change),
    });
    monitor.start();
    const seen: string[] = [];
    for (let turn = 0; turn < 14; turn++) {
      await clock.advance(turn === 0 ? 0 : 10);
      const { healthy, failures, successes } = monitor.status().checks.db;
      seen.push(`${healthy ? "up" : "down"} ${failures} ${successes}`);
      expect(monitor.status().healthy).toBe(healthy);
    }
    expect(seen).toEqual([
      "up 1 0",
      "up 2 0",
      "up 0 1",
      "up 1 0",
      "up 2 0",
      "down 3 0",
      "down 0 1",
      "down 0 2",
      "down 1 0",
      "down 0 1",
      "down 0 2",
      "up 0 3",
      "up 1 0",
      "up 2 0",
    ]);
    expect(changes).toEqual([
      { name: "db", healthy: false, failures: 3, successes: 0, error: new Error("failure 6") },
      { name: "db", healthy: true, failures: 0, successes: 3, error: undefined },
    ]);
  });

  test("the defaults are a check each 10 seconds, for a second at most, 3 failures and 1 success", async () => {
    using clock = virtualTime();
    const { check, at } = scripted("fffp", 1);
    using monitor = new HealthMonitor({
      checks: { db: check, slow: ({ signal }) => sleep(60_000, { signal }) },
    });
    monitor.start();
    await clock.advance(20_001);
    expect(monitor.status().checks.db.healthy).toBe(true);
    expect(monitor.status().checks.slow.error).toMatchObject({ code: "ERR_TIMEOUT", ms: 1_000 });
    await clock.advance(10_000);
    expect(monitor.status().checks.db).toMatchObject({ healthy: false, failures: 3 });
    await clock.advance(10_000);
    expect(monitor.status().checks.db.healthy).toBe(true);
    expect(at).toEqual([0, 10_001, 20_002, 30_003]);
  });

  test("is healthy while nothing is known, and only while every check is", async () => {
    using clock = virtualTime();
    using monitor = new HealthMonitor({
      checks: { good: scripted("").check, bad: scripted("f").check },
      interval: 10,
      failures: 1,
    });
    const unknown = { healthy: true, failures: 0, successes: 0, error: undefined };
    const before = monitor.status();
    expect(before).toEqual({ healthy: true, checks: { good: unknown, bad: unknown } });
    monitor.start();
    await clock.advance(0);
    expect(monitor.status().healthy).toBe(false);
    expect(monitor.status().checks.good).toEqual({ ...unknown, successes: 1 });
    expect(monitor.status().checks.bad).toMatchObject({ healthy: false, error: new Error("failure 1") });
    // What was given out stays as it was.
    expect(before.checks.bad).toEqual(unknown);
    await clock.advance(10);
    expect(monitor.status().healthy).toBe(true);
  });

  test("a check fails by a throw, also of undefined, and passes whatever it gives", async () => {
    using clock = virtualTime();
    using monitor = new HealthMonitor({
      checks: {
        throws() {
          throw undefined;
        },
        rejects: () => Promise.reject(0),
        gives: () => false,
      },
    });
    monitor.start();
    await clock.advance(0);
    expect(monitor.status().checks).toEqual({
      throws: { healthy: true, failures: 1, successes: 0, error: undefined },
      rejects: { healthy: true, failures: 1, successes: 0, error: 0 },
      gives: { healthy: true, failures: 0, successes: 1, error: undefined },
    });
  });

  test("without checks it is healthy", () => {
    using monitor = new HealthMonitor({ checks: {} });
    monitor.start();
    expect(monitor.status()).toEqual({ healthy: true, checks: {} });
  });
});

describe("HealthMonitor intervals", () => {
  test("the next check starts an interval after the end of the last, each check by itself", async () => {
    using clock = virtualTime();
    const slow = scripted("pfp", 250);
    const quick = scripted("");
    using monitor = new HealthMonitor({ checks: { slow: slow.check, quick: quick.check }, interval: 100 });
    monitor.start();
    // In the caller's stack.
    expect([slow.at, quick.at]).toEqual([[0], [0]]);
    await clock.advance(1_000);
    expect(slow.at).toEqual([0, 350, 700]);
    expect(quick.at).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000]);
  });

  test("a check that takes too long is told, fails with a TimeoutError, and goes on after the interval", async () => {
    using clock = virtualTime();
    const told: unknown[] = [];
    const at: number[] = [];
    using monitor = new HealthMonitor({
      checks: {
        db({ signal, attempt }) {
          at.push(performance.now(), attempt);
          return sleep(60_000, { signal }).finally(() => told.push(signal.reason));
        },
      },
      interval: 10,
      timeout: 50,
    });
    monitor.start();
    await clock.advance(49);
    expect(told).toEqual([]);
    await clock.advance(1);
    const { error } = monitor.status().checks.db;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(told).toEqual([error]);
    await clock.advance(10);
    expect(at).toEqual([0, 1, 60, 1]);
  });

  test("a result that is due with the timeout counts", async () => {
    using clock = virtualTime();
    using monitor = new HealthMonitor({ checks: { db: () => sleep(50) }, timeout: 50 });
    monitor.start();
    await clock.advance(50);
    expect(monitor.status().checks.db.successes).toBe(1);
  });

  test("a check that is deaf to its signal does not overlap itself, and turns unhealthy", async () => {
    using clock = virtualTime();
    let running = 0;
    let most = 0;
    const starts: number[] = [];
    using monitor = new HealthMonitor({
      checks: {
        async deaf() {
          starts.push(performance.now());
          most = Math.max(most, ++running);
          await sleep(starts.length === 1 ? 500 : 1);
          running--;
        },
      },
      interval: 20,
      timeout: 80,
    });
    monitor.start();
    // Its turns are 80 ms long, and 20 ms lie between them.
    await clock.advance(279);
    expect(monitor.status().checks.deaf).toMatchObject({ healthy: true, failures: 2 });
    await clock.advance(1);
    expect(monitor.status().checks.deaf).toMatchObject({ healthy: false, failures: 3 });
    expect(monitor.status().checks.deaf.error).toMatchObject({ ms: 80 });
    expect(starts).toEqual([0]);
    // Its late end counts for nothing by itself: the turn that begins then calls it again.
    await clock.advance(220);
    expect(monitor.status().checks.deaf).toMatchObject({ healthy: false, failures: 5 });
    await clock.advance(1);
    expect(monitor.status().checks.deaf).toMatchObject({ healthy: true, successes: 1 });
    expect(starts).toEqual([0, 500]);
    expect(most).toBe(1);
  });

  test("a turn that waits for a deaf check calls it as soon as that has ended, in the time that is left", async () => {
    using clock = virtualTime();
    const starts: number[] = [];
    using monitor = new HealthMonitor({
      checks: {
        deaf() {
          starts.push(performance.now());
          return starts.length === 1 ? sleep(130) : sleep(60_000);
        },
      },
      interval: 20,
      timeout: 80,
    });
    monitor.start();
    await clock.advance(179);
    expect(starts).toEqual([0, 130]);
    expect(monitor.status().checks.deaf.failures).toBe(1);
    await clock.advance(1);
    expect(monitor.status().checks.deaf.failures).toBe(2);
  });

  test("a deaf check that fails late leaves no unhandled rejection", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      using monitor = new HealthMonitor({
        checks: { deaf: () => sleep(50).then(() => Promise.reject(new Error("late"))) },
        timeout: 10,
      });
      monitor.start();
      await clock.advance(100);
      expect(monitor.status().checks.deaf.failures).toBe(1);
    });
    expect(found).toEqual([]);
  });

  test("an infinite interval checks once, with no timer", async () => {
    using clock = virtualTime();
    const { check, at } = scripted("");
    using monitor = new HealthMonitor({ checks: { db: check }, interval: Infinity, timeout: Infinity });
    monitor.start();
    await clock.advance(0);
    expect(at).toEqual([0]);
    expect(clock.pending).toEqual([]);
  });

  test("each check runs in the AsyncLocalStorage context of `start`", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    using monitor = new HealthMonitor({
      checks: { db: () => seen.push(user.getStore()) },
      interval: 10,
    });
    user.run("Ada", () => monitor.start());
    await clock.advance(10);
    expect(seen).toEqual(["Ada", "Ada"]);
  });
});
