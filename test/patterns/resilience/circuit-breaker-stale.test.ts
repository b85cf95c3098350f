import { describe, expect, test, vi } from "vitest";
import { CircuitBreaker, CircuitOpenError, consecutive, countWindow, sleep } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { deferred, rejection } from "../../support/waiting.ts";
import { call } from "../../support/breaker.ts";

describe("CircuitBreaker: a stale result", () => {
  test("of a success that started before the trip does not close the half-open circuit", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000 });
    const [old, probe] = [deferred(), deferred()];
    observe(breaker.execute(() => old.promise));
    await call(breaker, "fail");
    await clock.advance(1_000);
    observe(breaker.execute(() => probe.promise));
    old.resolve();
    await clock.advance(0);
    expect(breaker.state).toBe("half-open");
    probe.resolve();
    await clock.advance(0);
    expect(breaker.state).toBe("closed");
  });

  test("of a failure that started before the trip neither prolongs the cooldown nor fails the trial", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000 });
    const [first, second] = [deferred(), deferred()];
    observe(breaker.execute(() => first.promise));
    observe(breaker.execute(() => second.promise));
    await call(breaker, "fail");
    await clock.advance(900);
    first.reject(new Error("late"));
    await clock.advance(100);
    expect(breaker.state).toBe("half-open");
    observe(breaker.execute(() => deferred().promise));
    second.reject(new Error("very late"));
    await clock.advance(0);
    expect(breaker.state).toBe("half-open");
  });

  test("of an earlier closed time does not count in the next one", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(2), cooldown: 1_000 });
    const old = deferred();
    observe(breaker.execute(() => old.promise));
    await call(breaker, "fail", "fail");
    await clock.advance(1_000);
    await call(breaker, "succeed", "fail");
    old.reject(new Error("from before the trip"));
    await clock.advance(0);
    expect(breaker.state).toBe("closed");
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("is counted in the stats all the same", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    const old = deferred();
    observe(breaker.execute(() => old.promise));
    await call(breaker, "fail");
    old.resolve();
    await clock.advance(0);
    expect(breaker.stats()).toMatchObject({ state: "open", successes: 1, failures: 1 });
  });

  test("failures before a trip do not count after the circuit has closed again", async () => {
    using clock = virtualTime();
    const trip = countWindow({ size: 4, failureRate: 0.5, minimumCalls: 2 });
    const breaker = new CircuitBreaker({ trip, cooldown: 1_000 });
    await call(breaker, "fail", "fail");
    expect(breaker.state).toBe("open");
    await clock.advance(1_000);
    await call(breaker, "succeed", "fail");
    expect(breaker.state).toBe("closed");
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("of a success does not close the open circuit before its cooldown is over", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000 });
    const old = deferred();
    observe(breaker.execute(() => old.promise));
    await call(breaker, "fail");
    await clock.advance(500);
    old.resolve();
    await clock.advance(499);
    expect(breaker.state).toBe("open");
    await clock.advance(1);
    expect(breaker.state).toBe("half-open");
  });

  test("of many failures at once opens it once, and the cooldown runs from the one that tripped it", async () => {
    using clock = virtualTime();
    const onStateChange = vi.fn();
    const breaker = new CircuitBreaker({ trip: consecutive(5), cooldown: 1_000, onStateChange });
    const failing = () => sleep(100).then(() => Promise.reject(new Error("down")));
    const all = Array.from({ length: 8 }, () => observe(breaker.execute(failing)));
    await clock.advance(100);
    expect(all.every(({ status }) => status === "rejected")).toBe(true);
    expect(onStateChange.mock.calls).toEqual([[{ from: "closed", to: "open" }]]);
    await clock.advance(1_000);
    expect(breaker.state).toBe("half-open");
    expect(await breaker.execute(() => "back")).toBe("back");
    expect(breaker.stats()).toMatchObject({ state: "closed", failures: 8 });
  });
});

describe("CircuitBreaker: a trial of an earlier half-open time", () => {
  /** Half-open for the second time; the trial has run since the first. */
  async function secondTime() {
    const clock = virtualTime();
    const breaker = new CircuitBreaker({
      trip: consecutive(1),
      cooldown: 1_000,
      halfOpen: { calls: 2 },
      isFailure: (outcome) => "error" in outcome && outcome.error !== "not found",
    });
    const old = deferred();
    await call(breaker, "fail");
    await clock.advance(1_000);
    observe(breaker.execute(() => old.promise));
    await call(breaker, "fail");
    await clock.advance(1_000);
    const task = vi.fn(() => deferred().promise);
    observe(breaker.execute(task));
    return { clock, breaker, old, task, [Symbol.dispose]: () => clock[Symbol.dispose]() };
  }

  test("that succeeds does not help to close it", async () => {
    using given = await secondTime();
    given.old.resolve();
    await call(given.breaker, "succeed");
    expect(given.breaker.state).toBe("half-open");
  });

  test("that fails does not open it", async () => {
    using given = await secondTime();
    given.old.reject(new Error("down"));
    await given.clock.advance(0);
    expect(given.breaker.stats()).toMatchObject({ state: "half-open", failures: 3 });
  });

  test("that is ignored frees no place: exactly two are admitted", async () => {
    using given = await secondTime();
    const { breaker, task } = given;
    observe(breaker.execute(task));
    given.old.reject("not found");
    await given.clock.advance(0);
    expect(await rejection(breaker.execute(task))).toBeInstanceOf(CircuitOpenError);
    expect(task).toHaveBeenCalledTimes(2);
    expect(breaker.stats()).toMatchObject({ ignored: 1, rejected: 1 });
  });
});
