import { HealthMonitor, type CheckHealth, type HealthChange, type HealthStatus, type Task } from "yieldpoint";
import { expectTypeOf, test } from "vitest";

// Checked by the compiler; what runs is only there to be typed.

test("HealthMonitor knows its checks by name", () => {
  const monitor = new HealthMonitor({
    checks: { db: async () => 1, disk: ({ signal }) => signal.aborted },
    onChange: (change) => expectTypeOf(change).toEqualTypeOf<HealthChange<"db" | "disk">>(),
  });
  expectTypeOf(monitor).toEqualTypeOf<HealthMonitor<"db" | "disk">>();
  expectTypeOf(monitor.status()).toEqualTypeOf<HealthStatus<"db" | "disk">>();
  expectTypeOf(monitor.status().checks.disk).toEqualTypeOf<CheckHealth>();
  // @ts-expect-error there is no such check
  expectTypeOf(monitor.status().checks.cache).toEqualTypeOf<CheckHealth>();
  expectTypeOf(monitor).toExtend<Disposable>();
});

test("HealthMonitor takes checks whose names are known only later", () => {
  const checks: Record<string, Task<void>> = {};
  expectTypeOf(new HealthMonitor({ checks }).status()).toEqualTypeOf<HealthStatus>();
});

test("HealthMonitor refuses a promise in the place of a check", () => {
  // @ts-expect-error a promise has started already
  expectTypeOf((): unknown => new HealthMonitor({ checks: { db: Promise.resolve() } })).returns.toBeUnknown();
});
