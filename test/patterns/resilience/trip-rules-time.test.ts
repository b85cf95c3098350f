import { describe, expect, test, vi } from "vitest";
import { CircuitBreaker, sleep, timeWindow } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { call, lasting } from "../../support/breaker.ts";

describe("timeWindow()", () => {
  const rule = timeWindow({ duration: 10_000, minimumCalls: 4 });

  test("trips at the rate within the duration, judging nothing on fewer calls", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: rule });
    await call(breaker, "fail", "fail", "fail");
    await clock.advance(5_000);
    expect(breaker.state).toBe("closed");
    await call(breaker, "succeed");
    expect(breaker.state).toBe("open");
  });

  test("wants 10 calls in 60,000 ms by default", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: timeWindow() });
    for (let n = 0; n < 9; n++) {
      await call(breaker, "fail");
      await clock.advance(5_000);
    }
    expect(breaker.state).toBe("closed");
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("forgets calls that are older than the duration", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: rule });
    await call(breaker, "fail", "fail", "fail");
    await clock.advance(10_000);
    await call(breaker, "fail");
    expect(breaker.state).toBe("closed");
  });

  test("keeps calls for at least nine tenths of the duration", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: rule });
    await clock.advance(999);
    await call(breaker, "fail", "fail", "fail");
    await clock.advance(9_000);
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("idle time empties the window, whole", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: rule });
    for (let n = 0; n < 3; n++) {
      await call(breaker, "fail");
      await clock.advance(1_000);
    }
    await clock.advance(600_000);
    await call(breaker, "fail", "fail", "fail");
    expect(breaker.state).toBe("closed");
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("four failures, ten idle minutes and one more failure do not trip it", async () => {
    using clock = virtualTime();
    const trip = timeWindow({ duration: 5_000, failureRate: 0.2, minimumCalls: 5 });
    const breaker = new CircuitBreaker({ trip });
    await call(breaker, "fail", "fail", "fail", "fail");
    await clock.advance(600_000);
    await call(breaker, "fail");
    expect(breaker.state).toBe("closed");
    await call(breaker, "fail", "fail", "fail");
    expect(breaker.state).toBe("closed");
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("after an idle time no slice of the old calls is left, however many there were", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: rule });
    for (const end of ["succeed", "succeed", "succeed", "fail", "fail"] as const) {
      await call(breaker, end);
      await clock.advance(1_000);
    }
    await clock.advance(600_000);
    // With the failures among them, and one of the successes gone, it would be over the rate.
    await call(breaker, "fail");
    expect(breaker.state).toBe("closed");
  });

  test("a change of the wall clock makes no call older", async () => {
    using _ = virtualTime();
    const breaker = new CircuitBreaker({ trip: rule });
    await call(breaker, "fail", "fail", "fail");
    vi.spyOn(Date, "now").mockReturnValue(Number.MAX_SAFE_INTEGER);
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("a burst of successes that has grown old does not hide failures", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: rule });
    for (let n = 0; n < 100; n++) await call(breaker, "succeed");
    await clock.advance(10_000);
    await call(breaker, "fail", "fail", "fail", "fail");
    expect(breaker.state).toBe("open");
  });

  test("counts a call when it ends", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: timeWindow({ duration: 1_000, minimumCalls: 2 }) });
    const failing = breaker.execute(() => sleep(5_000).then(() => Promise.reject(new Error("down"))));
    await clock.run(() => failing.catch(() => {}));
    await call(breaker, "succeed");
    expect(breaker.state).toBe("open");
  });

  test("slow calls trip it although they succeed", async () => {
    using clock = virtualTime();
    const trip = timeWindow({ minimumCalls: 2, slowCallRate: 1, slowCallDuration: 100 });
    const breaker = new CircuitBreaker({ trip });
    await lasting(clock, breaker, 150);
    expect(breaker.state).toBe("closed");
    await lasting(clock, breaker, 150);
    expect(breaker.state).toBe("open");
  });

  test("a duration of Infinity forgets nothing", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: timeWindow({ duration: Infinity, minimumCalls: 2 }) });
    await call(breaker, "fail");
    await clock.advance(1e12);
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("works with calls that take longer than 2^31 ms between them", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: timeWindow({ duration: 2 ** 33, minimumCalls: 2 }) });
    await call(breaker, "fail");
    await clock.advance(2 ** 32);
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test.each([
    [{ duration: 0 }, "timeWindow: duration must be a number > 0, got 0"],
    [{ duration: -1 }, "timeWindow: duration must be a number > 0, got -1"],
    [{ duration: Number.NaN }, "timeWindow: duration must be a number > 0, got NaN"],
    [{ failureRate: 2 }, "timeWindow: failureRate must be at most 1, got 2"],
    [{ minimumCalls: 1.5 }, "timeWindow: minimumCalls must be an integer >= 1 or Infinity, got 1.5"],
  ])("refuses %o", (options, message) => {
    expect(() => timeWindow(options)).toThrow(new RangeError(message));
  });

  test("its options may be given as undefined", async () => {
    using clock = virtualTime();
    const options = { duration: undefined, failureRate: undefined, slowCallRate: undefined };
    const more = { slowCallDuration: undefined, minimumCalls: undefined };
    const breaker = new CircuitBreaker({ trip: timeWindow({ ...options, ...more }) });
    for (let n = 0; n < 10; n++) await call(breaker, "fail");
    expect(breaker.state).toBe("open");
    expect(clock.now).toBe(0);
  });
});
