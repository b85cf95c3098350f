import { describe, expect, test, vi } from "vitest";
import {
  CircuitBreaker,
  CircuitOpenError,
  consecutive,
  type CircuitState,
  type StateChange,
} from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { deferred, rejection } from "../../support/waiting.ts";
import { call } from "../../support/breaker.ts";

describe("CircuitBreaker({ onStateChange })", () => {
  test("is told of each change once, in order", async () => {
    using clock = virtualTime();
    const changes: [StateChange, number][] = [];
    const breaker = new CircuitBreaker({
      trip: consecutive(2),
      cooldown: 1_000,
      onStateChange: (change) => void changes.push([change, clock.now]),
    });
    await call(breaker, "succeed", "fail", "fail");
    await clock.advance(1_500);
    await call(breaker, "fail");
    await clock.advance(1_000);
    await call(breaker, "succeed", "succeed");
    expect(changes).toEqual([
      [{ from: "closed", to: "open" }, 0],
      [{ from: "open", to: "half-open" }, 1_500],
      [{ from: "half-open", to: "open" }, 1_500],
      [{ from: "open", to: "half-open" }, 2_500],
      [{ from: "half-open", to: "closed" }, 2_500],
    ]);
  });

  test("finds the new state in place", async () => {
    const seen: CircuitState[] = [];
    const breaker: CircuitBreaker = new CircuitBreaker({
      trip: consecutive(1),
      onStateChange: ({ to }) => void seen.push(breaker.state, to),
    });
    await call(breaker, "fail");
    expect(seen).toEqual(["open", "open"]);
  });

  test("that throws breaks nothing", async () => {
    using clock = virtualTime();
    const onStateChange = vi.fn(() => {
      throw new Error("in onStateChange");
    });
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000, onStateChange });
    expect(await rejection(breaker.execute(() => Promise.reject("down")))).toBe("down");
    await clock.advance(1_000);
    expect(await breaker.execute(() => "back")).toBe("back");
    breaker.isolate()[Symbol.dispose]();
    expect(breaker.state).toBe("closed");
    expect(onStateChange).toHaveBeenCalledTimes(5);
  });

  test("may call the breaker itself: half-open still admits exactly one", async () => {
    using clock = virtualTime();
    const task = vi.fn(() => deferred().promise);
    const breaker: CircuitBreaker = new CircuitBreaker({
      trip: consecutive(1),
      cooldown: 1_000,
      onStateChange: ({ to }) => {
        if (to === "half-open") observe(breaker.execute(task));
      },
    });
    await call(breaker, "fail");
    await clock.advance(1_000);
    for (let n = 0; n < 4; n++) observe(breaker.execute(task));
    await clock.advance(0);
    expect(task).toHaveBeenCalledTimes(1);
  });
});

describe("CircuitBreaker.isolate()", () => {
  test("refuses every call without making it, until it is disposed of", async () => {
    const breaker = new CircuitBreaker();
    const task = vi.fn(() => "called");
    {
      using _handle = breaker.isolate();
      expect(breaker.state).toBe("isolated");
      const error = await rejection(breaker.execute(task));
      expect(error).toBeInstanceOf(CircuitOpenError);
      expect(error).toMatchObject({
        retryAfter: Infinity,
        message: "the circuit is isolated, the call was not made",
      });
    }
    expect(task).not.toHaveBeenCalled();
    expect(breaker.state).toBe("closed");
    expect(await breaker.execute(task)).toBe("called");
    expect(breaker.stats().rejected).toBe(1);
  });

  test("several handles: the circuit is shut until all are disposed of", () => {
    const breaker = new CircuitBreaker();
    const [first, second] = [breaker.isolate(), breaker.isolate()];
    first[Symbol.dispose]();
    expect(breaker.state).toBe("isolated");
    second[Symbol.dispose]();
    expect(breaker.state).toBe("closed");
  });

  test("disposing of one handle twice does not take another's effect", () => {
    const breaker = new CircuitBreaker();
    const [first, second] = [breaker.isolate(), breaker.isolate()];
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(breaker.state).toBe("isolated");
    second[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(breaker.state).toBe("closed");
    using _third = breaker.isolate();
    expect(breaker.state).toBe("isolated");
  });

  test("is told once where it begins and once where it ends", () => {
    const changes: StateChange[] = [];
    const breaker = new CircuitBreaker({ onStateChange: (change) => void changes.push(change) });
    {
      using _outer = breaker.isolate();
      using _inner = breaker.isolate();
    }
    expect(changes).toEqual([
      { from: "closed", to: "isolated" },
      { from: "isolated", to: "closed" },
    ]);
  });

  test("keeps what the breaker knew: an open circuit is open afterwards, its cooldown goes on", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000 });
    await call(breaker, "fail");
    const handle = breaker.isolate();
    await clock.advance(400);
    handle[Symbol.dispose]();
    expect(breaker.state).toBe("open");
    expect(await rejection(breaker.execute(() => 1))).toMatchObject({ retryAfter: 600 });
    await clock.advance(600);
    expect(breaker.state).toBe("half-open");
  });

  test("keeps the row of failures", async () => {
    const breaker = new CircuitBreaker({ trip: consecutive(2) });
    await call(breaker, "fail");
    breaker.isolate()[Symbol.dispose]();
    await call(breaker, "fail");
    expect(breaker.state).toBe("open");
  });

  test("calls that run when it begins end as they would, and count", async () => {
    using clock = virtualTime();
    const changes: StateChange[] = [];
    const breaker = new CircuitBreaker({
      trip: consecutive(1),
      onStateChange: (change) => void changes.push(change),
    });
    const work = deferred();
    const running = observe(breaker.execute(() => work.promise));
    const handle = breaker.isolate();
    work.reject("down");
    await clock.advance(0);
    expect(running.reason).toBe("down");
    expect(breaker.state).toBe("isolated");
    handle[Symbol.dispose]();
    expect(breaker.state).toBe("open");
    expect(changes).toEqual([
      { from: "closed", to: "isolated" },
      { from: "isolated", to: "open" },
    ]);
  });

  test("during a trial: the trial still decides", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1), cooldown: 1_000 });
    await call(breaker, "fail");
    await clock.advance(1_000);
    const work = deferred();
    observe(breaker.execute(() => work.promise));
    {
      using _handle = breaker.isolate();
      work.resolve();
      await clock.advance(0);
      expect(breaker.state).toBe("isolated");
    }
    expect(breaker.state).toBe("closed");
  });
});
