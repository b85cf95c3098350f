import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { CircuitBreaker, consecutive, countWindow, sleep, timeWindow, type TripRule } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { call, lasting } from "../../support/breaker.ts";

describe("consecutive()", () => {
  test("trips at n failures in a row", async () => {
    const breaker = new CircuitBreaker({ trip: consecutive(3) });
    await call(breaker, "fail", "fail");
    expect(breaker.state).toBe("closed");
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("a success between starts the row anew", async () => {
    const breaker = new CircuitBreaker({ trip: consecutive(3) });
    await call(breaker, "fail", "fail", "succeed", "fail", "fail");
    expect(breaker.state).toBe("closed");
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("counts the order in which calls end, not in which they start", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(2) });
    const failAfter = (ms: number) =>
      breaker.execute(() => sleep(ms).then(() => Promise.reject(new Error("down")))).catch(() => {});
    void failAfter(30);
    void failAfter(10);
    void breaker.execute(() => sleep(20));
    await clock.advance(30);
    expect(breaker.state).toBe("closed");
  });

  test("Infinity never trips", async () => {
    const breaker = new CircuitBreaker({ trip: consecutive(Infinity) });
    for (let n = 0; n < 100; n++) await call(breaker, "fail");
    expect(breaker.state).toBe("closed");
  });

  test.each([
    [0, "0"],
    [-1, "-1"],
    [1.5, "1.5"],
    [Number.NaN, "NaN"],
  ])("refuses %o", (n, got) => {
    expect(() => consecutive(n)).toThrow(
      new RangeError(`consecutive: n must be an integer >= 1 or Infinity, got ${got}`),
    );
  });
});

describe("countWindow()", () => {
  test("judges nothing before the window is full, and trips at the rate itself", async () => {
    const breaker = new CircuitBreaker({ trip: countWindow({ size: 4 }) });
    await call(breaker, "fail", "fail", "fail");
    expect(breaker.state).toBe("closed");
    await call(breaker, "succeed");
    expect(breaker.state).toBe("open");
  });

  test("looks at 100 calls and a rate of 0.5 by default", async () => {
    const breaker = new CircuitBreaker({ trip: countWindow() });
    for (let n = 0; n < 49; n++) await call(breaker, "fail", "succeed");
    await call(breaker, "succeed", "succeed");
    expect(breaker.state).toBe("closed");
    // 49 of 100; the oldest is a failure, too, so that one more changes nothing. The one after that is a success.
    await call(breaker, "fail");
    expect(breaker.state).toBe("closed");
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("forgets what is older than the last `size` calls", async () => {
    const breaker = new CircuitBreaker({ trip: countWindow({ size: 3, failureRate: 0.6 }) });
    await call(breaker, "succeed", "succeed", "fail", "succeed", "succeed", "fail", "succeed");
    expect(breaker.state).toBe("closed");
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("minimumCalls lets it judge earlier", async () => {
    const breaker = new CircuitBreaker({ trip: countWindow({ size: 100, minimumCalls: 3, failureRate: 1 }) });
    await call(breaker, "fail", "fail");
    expect(breaker.state).toBe("closed");
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test.each([0.07, 0.14, 0.28, 0.55, 0.56, 0.57])("a rate of %d is reached exactly", async (failureRate) => {
    const breaker = new CircuitBreaker({ trip: countWindow({ size: 100, failureRate }) });
    const failures = Math.round(failureRate * 100);
    for (let n = 1; n <= 100; n++) {
      expect(breaker.state).toBe("closed");
      await call(breaker, n <= failures ? "fail" : "succeed");
    }
    expect(breaker.state).toBe("open");
  });

  test("one failure less than the rate does not trip", async () => {
    const breaker = new CircuitBreaker({ trip: countWindow({ size: 100, failureRate: 0.55 }) });
    for (let n = 1; n <= 100; n++) await call(breaker, n <= 54 ? "fail" : "succeed");
    expect(breaker.state).toBe("closed");
  });

  test("slow calls trip it although they succeed", async () => {
    using clock = virtualTime();
    const trip = countWindow({ size: 4, slowCallRate: 0.5, slowCallDuration: 100 });
    const breaker = new CircuitBreaker({ trip });
    for (const ms of [101, 10, 100]) await lasting(clock, breaker, ms);
    expect(breaker.state).toBe("closed");
    await lasting(clock, breaker, 101);
    expect(breaker.state).toBe("open");
  });

  test("slow calls that leave the window count no more", async () => {
    using clock = virtualTime();
    const trip = countWindow({ size: 2, slowCallRate: 1, slowCallDuration: 100 });
    const breaker = new CircuitBreaker({ trip });
    for (const ms of [500, 10, 500, 10]) await lasting(clock, breaker, ms);
    expect(breaker.state).toBe("closed");
  });

  test("without a slowCallRate slowness does not count", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: countWindow({ size: 1, slowCallDuration: 1 }) });
    await lasting(clock, breaker, 60_000);
    expect(breaker.state).toBe("closed");
  });

  test("a call that is slow and fails counts for both rates, not twice for one", async () => {
    using clock = virtualTime();
    const trip = countWindow({ size: 2, failureRate: 1, slowCallRate: 1, slowCallDuration: 10 });
    const breaker = new CircuitBreaker({ trip });
    const slowFailure = () => sleep(20).then(() => Promise.reject(new Error("down")));
    await clock.run(() => breaker.execute(slowFailure).catch(() => {}));
    await call(breaker, "succeed");
    expect(breaker.state).toBe("closed");
  });

  test.each([
    [{ size: 0 }, "countWindow: size must be an integer >= 1, got 0"],
    [{ size: 2.5 }, "countWindow: size must be an integer >= 1, got 2.5"],
    [{ size: Infinity }, "countWindow: size must be an integer >= 1, got Infinity"],
    [{ failureRate: 0 }, "countWindow: failureRate must be a number > 0, got 0"],
    [{ failureRate: 50 }, "countWindow: failureRate must be at most 1, got 50"],
    [{ failureRate: Number.NaN }, "countWindow: failureRate must be a number > 0, got NaN"],
    [{ slowCallRate: 1.1 }, "countWindow: slowCallRate must be at most 1, got 1.1"],
    [{ slowCallRate: 0 }, "countWindow: slowCallRate must be a number > 0, got 0"],
    [{ slowCallDuration: -1 }, "countWindow: slowCallDuration must be a number >= 0, got -1"],
    [{ minimumCalls: 0 }, "countWindow: minimumCalls must be an integer >= 1 or Infinity, got 0"],
    [{ size: 10, minimumCalls: 11 }, "countWindow: minimumCalls must be at most the size (10), got 11"],
  ])("refuses %o", (options, message) => {
    expect(() => countWindow(options)).toThrow(new RangeError(message));
  });
});

describe("a slow trial", () => {
  test.each<[string, TripRule]>([
    ["countWindow", countWindow({ size: 1, slowCallRate: 1, slowCallDuration: 100 })],
    ["timeWindow", timeWindow({ minimumCalls: 1, slowCallRate: 1, slowCallDuration: 100 })],
  ])("opens the half-open circuit again, %s", async (_name, trip) => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip, cooldown: 1_000 });
    await call(breaker, "fail");
    await clock.advance(1_000);
    await lasting(clock, breaker, 101);
    expect(breaker.state).toBe("open");
    await clock.advance(1_000);
    await lasting(clock, breaker, 100);
    expect(breaker.state).toBe("closed");
  });

  test("does not matter to consecutive()", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 60_000 });
    await call(breaker, "fail");
    await clock.advance(60_000);
    await lasting(clock, breaker, 59_999);
    expect(breaker.state).toBe("closed");
  });
});

test.each<[string, TripRule]>([
  ["consecutive", consecutive(2)],
  ["countWindow", countWindow({ size: 2, failureRate: 1 })],
  ["timeWindow", timeWindow({ minimumCalls: 2, failureRate: 1 })],
])("one %s rule shared by two breakers has a window for each", async (_name, trip) => {
  using clock = virtualTime();
  const [one, other] = [new CircuitBreaker({ trip }), new CircuitBreaker({ trip })];
  await call(one, "fail");
  await call(other, "fail");
  expect([one.state, other.state]).toEqual(["closed", "closed"]);
  await call(one, "fail");
  expect([one.state, other.state]).toEqual(["open", "closed"]);
  expect(clock.now).toBe(0);
});

test.each<[string, TripRule]>([
  ["consecutive", consecutive(2)],
  ["countWindow", countWindow({ size: 4, minimumCalls: 2, failureRate: 0.6 })],
  ["timeWindow", timeWindow({ minimumCalls: 2, failureRate: 0.6 })],
])("%s forgets what it knew when the circuit has closed again", async (_name, trip) => {
  using clock = virtualTime();
  const breaker = new CircuitBreaker({ trip, cooldown: 1_000 });
  await call(breaker, "fail", "fail");
  expect(breaker.state).toBe("open");
  await clock.advance(1_000);
  await call(breaker, "succeed", "fail", "succeed");
  expect(breaker.state).toBe("closed");
});

test.each<[string, TripRule, boolean]>([
  ["consecutive", consecutive(2), false],
  ["countWindow", countWindow(), false],
  ["countWindow with a slowCallDuration but no rate", countWindow({ slowCallDuration: 5 }), false],
  ["countWindow with both", countWindow({ slowCallRate: 1, slowCallDuration: 5 }), true],
  ["timeWindow", timeWindow(), true],
])("%s reads the clock for a call only where it needs the time", async (_name, trip, reads) => {
  const breaker = new CircuitBreaker({ trip });
  const now = vi.spyOn(performance, "now");
  try {
    await call(breaker, "succeed", "fail");
    expect(now.mock.calls).toHaveLength(reads ? 4 : 0);
  } finally {
    now.mockRestore();
  }
});

test("trip rules: types", () => {
  expectTypeOf(consecutive(1)).toEqualTypeOf<TripRule>();
  expectTypeOf(countWindow()).toEqualTypeOf<TripRule>();
  expectTypeOf(timeWindow({ duration: undefined })).toEqualTypeOf<TripRule>();
});
