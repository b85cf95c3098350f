import * as fc from "fast-check";
import { HealthMonitor, sleep, type CheckHealth } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { complaints } from "../../support/waiting.ts";

/** How one call of the check goes. */
interface Call {
  readonly ms: number;
  readonly fails: boolean;
  /** Whether it goes on when it is told to stop. */
  readonly deaf: boolean;
}

const schedule = fc.record({
  calls: fc.array(
    fc.record<Call>({ ms: fc.integer({ min: 0, max: 60 }), fails: fc.boolean(), deaf: fc.boolean() }),
    { minLength: 1, maxLength: 12 },
  ),
  interval: fc.integer({ min: 1, max: 15 }),
  timeout: fc.integer({ min: 0, max: 30 }),
  failures: fc.integer({ min: 1, max: 3 }),
  successes: fc.integer({ min: 1, max: 3 }),
  // By turns stopped and started again.
  switches: fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 5 }),
});

test("HealthMonitor never overlaps a check, calls none while it is stopped, and keeps its thresholds", async () => {
  const property = fc.asyncProperty(schedule, async ({ calls, switches, ...limits }) => {
    using clock = virtualTime();
    let [running, called, stopped] = [0, 0, true];
    const changes: boolean[] = [];
    const monitor: HealthMonitor<"check"> = new HealthMonitor({
      ...limits,
      checks: {
        async check({ signal }) {
          expect(stopped).toBe(false);
          expect(++running).toBe(1);
          const { ms, fails, deaf } = calls[called++ % calls.length] as Call;
          await sleep(ms, deaf ? {} : { signal }).finally(() => running--);
          if (fails) throw new Error("fails");
        },
      },
      onChange: ({ healthy }) => changes.push(healthy),
    });
    let before: CheckHealth = monitor.status().checks.check;
    let changed = 0;
    /** Compares with what may follow on what was known a millisecond ago: there is one result at most between. */
    const look = (): void => {
      const now = monitor.status().checks.check;
      if (now === before) return;
      expect(stopped).toBe(false);
      const { healthy, failures, successes } = now;
      if (successes > 0) expect(now).toMatchObject({ failures: 0, successes: before.successes + 1 });
      else expect(failures).toBe(before.failures + 1);
      expect(healthy).toBe(before.healthy ? failures < limits.failures : successes >= limits.successes);
      if (healthy !== before.healthy) expect(changes[changed++]).toBe(healthy);
      expect(changes).toHaveLength(changed);
      before = now;
    };
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed++) {
        await clock.advance(1);
        look();
      }
    };
    for (const ms of [...switches, 200]) {
      stopped = !stopped;
      if (stopped) monitor.stop();
      else monitor.start();
      await clock.advance(0);
      look();
      await pass(ms);
    }
    expect(called).toBeGreaterThan(0);
    monitor.stop();
    stopped = true;
    await clock.advance(0);
    // What is left is a deaf check that still runs.
    expect(clock.pending.length).toBe(running);
    await pass(100);
    expect([clock.pending.length, running]).toEqual([0, 0]);
  });
  expect(await complaints(() => fc.assert(property, { numRuns: 30, seed: 11 }))).toEqual([]);
});
