import { describe, expect, test, vi } from "vitest";
import {
  CircuitBreaker,
  CircuitOpenError,
  consecutive,
  countWindow,
  sleep,
  timeWindow,
  type Outcome,
  type StateChange,
  type TripRule,
} from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { deferred, rejection } from "../../support/waiting.ts";
import { call } from "../../support/breaker.ts";

describe("CircuitBreaker, half-open,", () => {
  async function halfOpen(calls: number, more: { isFailure?: (outcome: Outcome) => boolean } = {}) {
    const clock = virtualTime();
    const changes: StateChange[] = [];
    const breaker = new CircuitBreaker({
      ...more,
      trip: consecutive(1),
      cooldown: 1_000,
      halfOpen: { calls },
      onStateChange: (change) => void changes.push(change),
    });
    await call(breaker, "fail");
    await clock.advance(1_000);
    return { clock, breaker, changes, [Symbol.dispose]: () => clock[Symbol.dispose]() };
  }

  test.each([1, 2, 3])("admits exactly %i", async (calls) => {
    using given = await halfOpen(calls);
    const { breaker } = given;
    const work = deferred();
    const task = vi.fn(() => work.promise);
    const all = Array.from({ length: 10 }, () => observe(breaker.execute(task)));
    await given.clock.advance(0);
    expect(task).toHaveBeenCalledTimes(calls);
    expect(all.filter(({ reason }) => reason instanceof CircuitOpenError)).toHaveLength(10 - calls);
    work.resolve();
    await given.clock.advance(0);
    expect(breaker.state).toBe("closed");
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(calls);
  });

  test("a call too many is told how long the trial may last", async () => {
    using given = await halfOpen(1);
    observe(given.breaker.execute(() => deferred().promise));
    await given.clock.advance(300);
    expect(await rejection(given.breaker.execute(() => 1))).toMatchObject({
      retryAfter: 700,
      message: "the circuit is half-open, the call was not made",
    });
  });

  test("closes only when all trials have succeeded, one after the other or at once", async () => {
    using given = await halfOpen(3);
    await call(given.breaker, "succeed");
    await call(given.breaker, "succeed");
    expect(given.breaker.state).toBe("half-open");
    await call(given.breaker, "succeed");
    expect(given.breaker.state).toBe("closed");
  });

  test("opens again at the first failure, for a whole cooldown", async () => {
    using given = await halfOpen(3);
    const { breaker, clock } = given;
    await call(breaker, "succeed");
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
    await clock.advance(999);
    expect(breaker.state).toBe("open");
    await clock.advance(1);
    expect(breaker.state).toBe("half-open");
  });

  test("the cooldown after a trial begins when that has failed, not when it began", async () => {
    using given = await halfOpen(1);
    const { breaker, clock } = given;
    const trial = deferred();
    observe(breaker.execute(() => trial.promise));
    await clock.advance(600);
    trial.reject(new Error("down"));
    await clock.advance(999);
    expect(breaker.state).toBe("open");
    await clock.advance(1);
    expect(breaker.state).toBe("half-open");
  });

  test("earlier successes do not count when it is half-open again", async () => {
    using given = await halfOpen(2);
    const { breaker, clock } = given;
    await call(breaker, "succeed");
    await call(breaker, "fail");
    await clock.advance(1_000);
    await call(breaker, "succeed");
    expect(breaker.state).toBe("half-open");
    await call(breaker, "succeed");
    expect(breaker.state).toBe("closed");
  });

  test("a trial that ends after another has failed changes nothing", async () => {
    using given = await halfOpen(2);
    const { breaker, clock } = given;
    const [first, second] = [deferred(), deferred()];
    observe(breaker.execute(() => first.promise));
    observe(breaker.execute(() => second.promise));
    first.reject(new Error("down"));
    await clock.advance(500);
    second.reject(new Error("down, too"));
    await clock.advance(500);
    // The second failure did not prolong the cooldown.
    expect(breaker.state).toBe("half-open");
    expect(given.changes.map(({ to }) => to)).toEqual(["open", "half-open", "open"]);
  });

  test("an ignored error frees its probe, and proves nothing", async () => {
    const isFailure = (outcome: Outcome) => "error" in outcome && outcome.error !== "not found";
    using given = await halfOpen(1, { isFailure });
    const { breaker } = given;
    for (let n = 0; n < 3; n++) {
      expect(await rejection(breaker.execute(() => Promise.reject("not found")))).toBe("not found");
      expect(breaker.state).toBe("half-open");
    }
    await call(breaker, "succeed");
    expect(breaker.state).toBe("closed");
    expect(breaker.stats()).toMatchObject({ ignored: 3, successes: 1 });
  });

  test("an aborted trial frees its probe", async () => {
    using given = await halfOpen(1);
    const { breaker } = given;
    const controller = new AbortController();
    const trial = observe(breaker.execute(({ signal }) => sleep(500, { signal }), controller));
    await given.clock.advance(100);
    expect(await rejection(breaker.execute(() => 1))).toBeInstanceOf(CircuitOpenError);
    controller.abort("gave up");
    await given.clock.advance(0);
    expect(trial.reason).toBe("gave up");
    expect(await breaker.execute(() => "in its place")).toBe("in its place");
    expect(breaker.state).toBe("closed");
  });

  test("a freed probe lets in one, not more", async () => {
    const isFailure = (outcome: Outcome) => "error" in outcome && outcome.error !== "not found";
    using given = await halfOpen(2, { isFailure });
    const { breaker } = given;
    const running = observe(breaker.execute(() => deferred().promise));
    await rejection(breaker.execute(() => Promise.reject("not found")));
    const next = observe(breaker.execute(() => deferred().promise));
    expect(await rejection(breaker.execute(() => 1))).toBeInstanceOf(CircuitOpenError);
    expect([running.status, next.status]).toEqual(["pending", "pending"]);
  });

  test.each([
    [1, "ignored", 1],
    [3, "succeeded", 2],
  ])(
    "of %i, one trial of which has %s, it lets in the others after an idle cooldown, not more",
    async (calls, end, others) => {
      const isFailure = (outcome: Outcome) => "error" in outcome && outcome.error !== "ignored";
      using given = await halfOpen(calls, { isFailure });
      const { breaker } = given;
      await breaker.execute(() => (end === "ignored" ? Promise.reject("ignored") : end)).catch(() => {});
      await given.clock.advance(2_000);
      const task = vi.fn(() => deferred().promise);
      const all = Array.from({ length: 5 }, () => observe(breaker.execute(task)));
      await given.clock.advance(999);
      expect(task).toHaveBeenCalledTimes(others);
      expect(all.filter(({ status }) => status === "rejected")).toHaveLength(5 - others);
    },
  );

  test("a trial whose isFailure throws frees its probe", async () => {
    let broken = true;
    const isFailure = () => {
      if (broken) throw new Error("in isFailure");
      return false;
    };
    using clock = virtualTime();
    const breaker = new CircuitBreaker({
      trip: () => ({ timed: false, record: () => true, isSlow: () => false }),
      cooldown: 1_000,
      isFailure,
    });
    broken = false;
    await breaker.execute(() => "opens it all the same");
    expect(breaker.state).toBe("open");
    await clock.advance(1_000);
    broken = true;
    await expect(breaker.execute(() => 1)).rejects.toThrow("in isFailure");
    await expect(breaker.execute(() => Promise.reject("down"))).rejects.toThrow("in isFailure");
    broken = false;
    expect(await breaker.execute(() => "in its place")).toBe("in its place");
    expect(breaker.stats()).toEqual({ state: "closed", successes: 2, failures: 0, ignored: 2, rejected: 0 });
  });

  test("a hung probe does not block for ever: after one more cooldown another is let in", async () => {
    using given = await halfOpen(1);
    const { breaker, clock } = given;
    observe(breaker.execute(() => deferred().promise));
    await clock.advance(999);
    expect(await rejection(breaker.execute(() => 1))).toBeInstanceOf(CircuitOpenError);
    await clock.advance(1);
    expect(await breaker.execute(() => "another")).toBe("another");
    expect(breaker.state).toBe("closed");
    expect(given.changes.map(({ to }) => to)).toEqual(["open", "half-open", "closed"]);
  });

  test("after hung probes it admits exactly as many others", async () => {
    using given = await halfOpen(2);
    const { breaker, clock } = given;
    const task = vi.fn(() => deferred().promise);
    for (let n = 0; n < 5; n++) observe(breaker.execute(task));
    await clock.advance(1_000);
    for (let n = 0; n < 5; n++) observe(breaker.execute(task));
    await clock.advance(0);
    expect(task).toHaveBeenCalledTimes(4);
  });

  test("one hung probe among those that succeed keeps it half-open, and is made up for by others", async () => {
    using given = await halfOpen(2);
    const { breaker, clock } = given;
    observe(breaker.execute(() => deferred().promise));
    await call(breaker, "succeed");
    expect(await rejection(breaker.execute(() => 1))).toBeInstanceOf(CircuitOpenError);
    await clock.advance(1_000);
    await call(breaker, "succeed");
    await call(breaker, "succeed");
    expect(breaker.state).toBe("closed");
  });

  test("closes although each trial takes longer than the cooldown and calls keep coming", async () => {
    using given = await halfOpen(1);
    const { breaker, clock } = given;
    for (let n = 0; n < 4; n++) {
      observe(breaker.execute(() => sleep(1_500)));
      await clock.advance(1_000);
    }
    expect(breaker.state).toBe("closed");
  });

  test("a slow probe that fails late opens it again, although others were let in", async () => {
    using given = await halfOpen(1);
    const { breaker, clock } = given;
    const late = deferred();
    observe(breaker.execute(() => late.promise));
    await clock.advance(1_000);
    observe(breaker.execute(() => deferred().promise));
    late.reject(new Error("down"));
    await clock.advance(0);
    expect(breaker.state).toBe("open");
  });

  test("a slow probe that is ignored in the end frees no place that others have taken", async () => {
    const isFailure = (outcome: Outcome) => "error" in outcome && outcome.error !== "not found";
    using given = await halfOpen(1, { isFailure });
    const { breaker, clock } = given;
    const late = deferred();
    observe(breaker.execute(() => late.promise));
    await clock.advance(1_000);
    observe(breaker.execute(() => deferred().promise));
    late.reject("not found");
    await clock.advance(0);
    expect(await rejection(breaker.execute(() => 1))).toBeInstanceOf(CircuitOpenError);
  });

  test("lets everybody in again from the moment that it closes, under load", async () => {
    using given = await halfOpen(1);
    const { breaker, clock } = given;
    const task = vi.fn(() => sleep(10));
    const all = Array.from({ length: 50 }, () => observe(breaker.execute(task)));
    await clock.advance(10);
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const later = Array.from({ length: 50 }, () => observe(breaker.execute(task)));
    await clock.advance(10);
    expect(later.every(({ status }) => status === "fulfilled")).toBe(true);
    expect(breaker.stats()).toMatchObject({ state: "closed", successes: 51, rejected: 49 });
  });
});

describe("CircuitBreaker, half-open, does not ask the window:", () => {
  test.each<[string, TripRule]>([
    ["countWindow", countWindow({ size: 10 })],
    ["timeWindow", timeWindow({ minimumCalls: 10 })],
  ])("one failed trial opens it again, although %s wants ten calls", async (_name, trip) => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip, cooldown: 1_000 });
    for (let n = 0; n < 10; n++) await call(breaker, "fail");
    await clock.advance(1_000);
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
    await clock.advance(1_000);
    expect(await breaker.execute(() => "back")).toBe("back");
    expect(breaker.state).toBe("closed");
  });

  test("trials count however far apart they are", async () => {
    using clock = virtualTime();
    const trip = timeWindow({ duration: 1_000, minimumCalls: 3 });
    const breaker = new CircuitBreaker({ trip, cooldown: 1_000, halfOpen: { calls: 3 } });
    await call(breaker, "fail", "fail", "fail");
    for (const state of ["half-open", "half-open", "closed"]) {
      await clock.advance(60_000);
      await call(breaker, "succeed");
      expect(breaker.state).toBe(state);
    }
  });
});
