import { describe, expect, test } from "vitest";
import { CircuitBreaker } from "yieldpoint";
import { rejection } from "../../support/waiting.ts";
import { call } from "../../support/breaker.ts";

describe("CircuitBreaker: bad arguments", () => {
  const bad = (value: unknown) => value as never;

  test.each([
    [{ cooldown: -1 }, RangeError, "CircuitBreaker: cooldown must be a number >= 0, got -1"],
    [{ cooldown: Number.NaN }, RangeError, "CircuitBreaker: cooldown must be a number >= 0, got NaN"],
    [{ cooldown: bad("30s") }, TypeError, 'CircuitBreaker: cooldown must be a number >= 0, got "30s"'],
    [{ halfOpen: { calls: 0 } }, RangeError, "CircuitBreaker: halfOpen.calls must be an integer >= 1, got 0"],
    [
      { halfOpen: { calls: 1.5 } },
      RangeError,
      "CircuitBreaker: halfOpen.calls must be an integer >= 1, got 1.5",
    ],
    [
      { halfOpen: { calls: Infinity } },
      RangeError,
      "CircuitBreaker: halfOpen.calls must be an integer >= 1, got Infinity",
    ],
    [
      { halfOpen: bad({}) },
      TypeError,
      "CircuitBreaker: halfOpen.calls must be an integer >= 1, got undefined",
    ],
    [{ trip: bad({}) }, TypeError, "CircuitBreaker: trip must be a function, got Object"],
    [{ isFailure: bad(true) }, TypeError, "CircuitBreaker: isFailure must be a function, got true"],
    [{ onStateChange: bad(null) }, TypeError, "CircuitBreaker: onStateChange must be a function, got null"],
  ])("%o is refused", (options, type, message) => {
    expect(() => new CircuitBreaker(options)).toThrow(new type(message));
  });

  test("a promise in place of the task is refused and not counted", async () => {
    const breaker = new CircuitBreaker();
    expect(await rejection(breaker.execute(bad(Promise.resolve(1))))).toEqual(
      new TypeError("CircuitBreaker.execute: task must be a function, got Promise"),
    );
    expect(breaker.stats()).toMatchObject({ successes: 0, failures: 0, ignored: 0 });
  });

  test("options that are given as undefined stand for their defaults", async () => {
    const breaker = new CircuitBreaker({
      trip: undefined,
      cooldown: undefined,
      halfOpen: undefined,
      isFailure: undefined,
      onStateChange: undefined,
    });
    await call(breaker, "fail", "fail", "fail", "fail", "fail");
    expect(breaker.state).toBe("open");
  });
});
