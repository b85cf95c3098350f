import { HealthMonitor, type HealthMonitorOptions } from "yieldpoint";
import { describe, expect, test } from "vitest";

describe("HealthMonitor: bad arguments", () => {
  const bad = (value: unknown) => value as never;
  const checks = { db: () => {} };

  test.each([
    [bad({}), TypeError, "checks must be an object, got undefined"],
    [{ checks: bad(null) }, TypeError, "checks must be an object, got null"],
    [{ checks: bad({ db: Promise.resolve() }) }, TypeError, "checks.db must be a function, got Promise"],
    [{ checks, interval: -1 }, RangeError, "interval must be a number >= 0, got -1"],
    [{ checks, interval: Number.NaN }, RangeError, "interval must be a number >= 0, got NaN"],
    [{ checks, timeout: bad("1s") }, TypeError, 'timeout must be a number >= 0, got "1s"'],
    [{ checks, failures: 0 }, RangeError, "failures must be an integer >= 1 or Infinity, got 0"],
    [{ checks, successes: 1.5 }, RangeError, "successes must be an integer >= 1 or Infinity, got 1.5"],
    [{ checks, onChange: bad(true) }, TypeError, "onChange must be a function, got true"],
  ])("%o are refused", (options: HealthMonitorOptions<string>, type, message) => {
    expect(() => new HealthMonitor(options)).toThrow(new type(`HealthMonitor: ${message}`));
  });

  test("options that are given as undefined stand for their defaults", () => {
    const options = { interval: undefined, timeout: undefined, failures: undefined, successes: undefined };
    expect(
      () => new HealthMonitor({ checks, ...options, onChange: undefined, unref: undefined }),
    ).not.toThrow();
  });
});
