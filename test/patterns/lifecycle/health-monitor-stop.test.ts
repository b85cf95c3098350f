import { HealthMonitor, sleep } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { complaints, deferred } from "../../support/waiting.ts";

describe("HealthMonitor stop()", () => {
  test("no timer survives it, nor does a check start after it", async () => {
    using clock = virtualTime();
    let checks = 0;
    const monitor = new HealthMonitor({
      checks: { quick: () => void checks++, slow: ({ signal }) => sleep(500, { signal }) },
      interval: 100,
    });
    monitor.start();
    await clock.advance(150);
    // One for the interval of the quick one; the slow one's own, and its timeout.
    expect(clock.pending).toHaveLength(3);
    expect(checks).toBe(2);
    monitor.stop();
    expect(clock.pending).toEqual([]);
    await clock.advance(60_000);
    expect(checks).toBe(2);
    expect(clock.pending).toEqual([]);
  });

  test("aborts a check that runs, whose end counts for nothing", async () => {
    const told: unknown[] = [];
    const changes: unknown[] = [];
    const monitor = new HealthMonitor({
      checks: {
        hears: ({ signal }) => sleep(50, { signal }).catch((error: unknown) => told.push(error)),
        rejects: ({ signal }) => sleep(50, { signal }),
        deaf: () => sleep(50).then(() => Promise.reject(new Error("late"))),
      },
      failures: 1,
      onChange: (change) => changes.push(change),
    });
    const before = monitor.status();
    const found = await complaints(async () => {
      using clock = virtualTime();
      monitor.start();
      await clock.advance(20);
      monitor.stop();
      await clock.advance(60_000);
    });
    expect(told).toEqual([expect.objectContaining({ name: "AbortError" })]);
    expect(monitor.status()).toEqual(before);
    expect(changes).toEqual([]);
    expect(found).toEqual([]);
  });

  test("counts for a check that has ended but was not looked at yet", async () => {
    using clock = virtualTime();
    const work = deferred();
    const monitor = new HealthMonitor({ checks: { db: () => work.promise } });
    monitor.start();
    work.reject(new Error("down"));
    monitor.stop();
    await clock.advance(0);
    expect(monitor.status().checks.db.failures).toBe(0);
  });

  test("keeps what was known, and `start` goes on from there", async () => {
    using clock = virtualTime();
    let calls = 0;
    const monitor = new HealthMonitor({
      checks: {
        db() {
          if (++calls < 3) throw new Error("down");
        },
      },
      failures: 2,
      interval: 10,
    });
    monitor.start();
    await clock.advance(0);
    monitor.stop();
    await clock.advance(100);
    expect(monitor.status().checks.db).toMatchObject({ healthy: true, failures: 1 });
    monitor.start();
    await clock.advance(0);
    expect(monitor.status().checks.db).toMatchObject({ healthy: false, failures: 2 });
    await clock.advance(10);
    expect(monitor.status().checks.db).toMatchObject({ healthy: true, failures: 0 });
    monitor.stop();
  });

  test("`start` and `stop` twice do no more than once", async () => {
    using clock = virtualTime();
    let calls = 0;
    const monitor = new HealthMonitor({ checks: { db: () => void calls++ }, interval: 10 });
    monitor.stop();
    monitor.start();
    monitor.start();
    await clock.advance(10);
    expect(calls).toBe(2);
    expect(clock.pending).toHaveLength(1);
    monitor.stop();
    monitor.stop();
    expect(clock.pending).toEqual([]);
  });

  test("disposing of it stops it", async () => {
    using clock = virtualTime();
    {
      using monitor = new HealthMonitor({ checks: { db: () => {} } });
      monitor.start();
      await clock.advance(0);
      expect(clock.pending).toHaveLength(1);
    }
    expect(clock.pending).toEqual([]);
  });

  test("started again at once, a check that hears its signal is made anew and has not failed", async () => {
    using clock = virtualTime();
    let calls = 0;
    const monitor = new HealthMonitor({
      checks: { db: ({ signal }) => (++calls === 1 ? sleep(500, { signal }) : undefined) },
    });
    monitor.start();
    monitor.stop();
    monitor.start();
    await clock.advance(0);
    expect(calls).toBe(2);
    expect(monitor.status().checks.db).toMatchObject({ failures: 0, successes: 1 });
    monitor.stop();
  });

  test("started again, a deaf check of before is waited for and not overlapped", async () => {
    using clock = virtualTime();
    const starts: number[] = [];
    using monitor = new HealthMonitor({
      checks: { deaf: () => sleep(starts.push(performance.now()) === 1 ? 300 : 1) },
    });
    monitor.start();
    await clock.advance(100);
    monitor.stop();
    monitor.start();
    await clock.advance(250);
    expect(starts).toEqual([0, 300]);
    expect(monitor.status().checks.deaf).toMatchObject({ failures: 0, successes: 1 });
  });

  test.each(["a check", "another check's start", "an abort listener", "onChange"])(
    "may be called by %s",
    async (who) => {
      using clock = virtualTime();
      let calls = 0;
      const monitor: HealthMonitor<string> = new HealthMonitor<string>({
        checks: {
          first({ signal }) {
            calls++;
            if (who === "another check's start") monitor.stop();
            if (who === "an abort listener") signal.addEventListener("abort", () => monitor.stop());
            return who === "an abort listener" ? sleep(50, { signal }) : Promise.reject(new Error("down"));
          },
          async second() {
            calls++;
            await sleep(5);
            if (who === "a check") monitor.stop();
          },
        },
        failures: 1,
        interval: 10,
        onChange: () => who === "onChange" && monitor.stop(),
      });
      monitor.start();
      await clock.advance(8);
      if (who === "an abort listener") monitor.stop();
      expect(clock.pending).toEqual([]);
      await clock.advance(100);
      expect(calls).toBe(who === "another check's start" ? 1 : 2);
    },
  );

  test("a check may start the monitor again while it is being stopped", async () => {
    using clock = virtualTime();
    let calls = 0;
    const monitor: HealthMonitor<"db"> = new HealthMonitor({
      checks: {
        db({ signal }) {
          if (++calls === 1) signal.addEventListener("abort", () => monitor.start());
          return sleep(5, { signal });
        },
      },
      interval: 10,
    });
    monitor.start();
    monitor.stop();
    await clock.advance(20);
    expect(calls).toBe(3);
    monitor.stop();
    expect(clock.pending).toEqual([]);
  });

  test("10,000 starts and stops leave no timer and no unhandled rejection", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const monitor = new HealthMonitor({
        checks: { db: ({ signal }) => sleep(50, { signal }), disk: () => {} },
        onChange: () => {},
      });
      for (let n = 0; n < 10_000; n++) {
        monitor.start();
        if (n % 100 === 0) await clock.advance(1);
        monitor.stop();
      }
      expect(clock.pending).toEqual([]);
      await clock.advance(100);
    });
    expect(found).toEqual([]);
  });
});

describe("HealthMonitor onChange", () => {
  test.each(["throws", "rejects"])("that %s breaks nothing", async (how) => {
    let calls = 0;
    let told = 0;
    const monitor = new HealthMonitor({
      checks: {
        db() {
          if (++calls % 2 === 1) throw new Error("down");
        },
      },
      failures: 1,
      interval: 10,
      onChange() {
        told++;
        if (how === "throws") throw new Error("onChange");
        return Promise.reject(new Error("onChange"));
      },
    });
    const found = await complaints(async () => {
      using clock = virtualTime();
      monitor.start();
      await clock.advance(30);
    });
    monitor.stop();
    expect([calls, told]).toEqual([4, 4]);
    expect(found).toEqual([]);
  });

  test("is not waited for", async () => {
    using clock = virtualTime();
    let calls = 0;
    using monitor = new HealthMonitor({
      checks: {
        db() {
          calls++;
          throw new Error("down");
        },
      },
      failures: 1,
      interval: 10,
      onChange: () => sleep(1_000),
    });
    monitor.start();
    await clock.advance(50);
    expect(calls).toBe(6);
  });

  test("sees the status as it is after the change", async () => {
    using clock = virtualTime();
    const seen: unknown[] = [];
    const monitor: HealthMonitor<"db"> = new HealthMonitor({
      checks: { db: () => Promise.reject(new Error("down")) },
      failures: 1,
      onChange: ({ name }) => seen.push(monitor.status().checks[name].healthy),
    });
    monitor.start();
    await clock.advance(0);
    monitor.stop();
    expect(seen).toEqual([false]);
  });
});
