import { describe, expect, test, vi } from "vitest";
import { chaos, compose, retryPolicy, timeoutPolicy, TimeoutError, type Task } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { Scope } from "../../../src/patterns/core/scope.ts";
import { countControllers } from "../../support/controllers.ts";
import { complaints, deferred, listeners, rejection } from "../../support/waiting.ts";

const reason = new Error("gave up");

describe("chaos() and the abort of its caller", () => {
  test("before: rejects with the reason itself, and counts no call", async () => {
    const task = vi.fn();
    const policy = chaos({ faultRate: 1, latencyRate: 1 });
    expect(await rejection(policy.execute(task, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(task).not.toHaveBeenCalled();
    expect(policy.stats()).toMatchObject({ calls: 0, latencies: 0, faults: 0 });
  });

  test("while it is held up: rejects at once, and makes no call", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const task = vi.fn();
    const policy = chaos({ latencyRate: 1, latency: 1_000, faultRate: 1 });
    const running = observe(policy.execute(task, controller));
    await clock.advance(10);
    expect(listeners(controller.signal)).toBe(1);
    controller.abort(reason);
    await clock.advance(0);
    expect(running).toMatchObject({ status: "rejected", at: 10 });
    expect(running.reason).toBe(reason);
    expect(listeners(controller.signal)).toBe(0);
    expect(clock.pending).toEqual([]);
    await clock.advance(2_000);
    expect(task).not.toHaveBeenCalled();
    expect(policy.stats()).toMatchObject({ calls: 1, latencies: 1, faults: 0 });
  });

  test("between the timer and the call, on a clock that is turned past both: makes no call", async () => {
    vi.useFakeTimers();
    try {
      const controller = new AbortController();
      const task = vi.fn();
      const running = chaos({ latencyRate: 1, latency: 100 }).execute(task, controller);
      setTimeout(() => controller.abort(reason), 150);
      vi.advanceTimersByTime(200);
      expect(await rejection(running)).toBe(reason);
      expect(task).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });

  test("while the task runs: it is told, and followed to its end", async () => {
    const controller = new AbortController();
    const work = deferred<string>();
    let told: AbortSignal | undefined;
    const running = observe(
      chaos().execute(({ signal }) => {
        told = signal;
        return work.promise;
      }, controller),
    );
    controller.abort(reason);
    await Promise.resolve();
    expect([told?.reason, running.status]).toEqual([reason, "pending"]);
    work.resolve("done");
    await work.promise;
    await new Promise(setImmediate);
    expect(running.value).toBe("done");
  });

  test("10,000 calls that are held up and aborted leave no listener and no timer", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const controller = new AbortController();
      const policy = chaos({ latencyRate: 1, latency: 1_000 });
      const task = vi.fn();
      const settled = Promise.allSettled(
        Array.from({ length: 10_000 }, () => policy.execute(task, controller)),
      );
      await clock.advance(1);
      controller.abort(reason);
      const all = await settled;
      expect(all.every((each) => each.status === "rejected" && each.reason === reason)).toBe(true);
      expect(listeners(controller.signal)).toBe(0);
      expect(clock.pending).toEqual([]);
      expect(task).not.toHaveBeenCalled();
    });
    expect(found).toEqual([]);
  });
});

describe("chaos() in the scope of another pattern", () => {
  test("is told by the deadline around it", async () => {
    using clock = virtualTime();
    const task = vi.fn();
    const policy = compose(timeoutPolicy(50), chaos({ latencyRate: 1, latency: 10_000 }));
    expect(await clock.run(() => rejection(policy.execute(task)))).toEqual(new TimeoutError(50));
    expect(clock.pending).toEqual([]);
    expect(task).not.toHaveBeenCalled();
  });

  test("makes no signal while it holds a call up", async () => {
    using clock = virtualTime();
    using controllers = countControllers();
    const policy = compose(timeoutPolicy(5_000), chaos({ latencyRate: 1, latency: 50 }));
    expect(await clock.run(() => policy.execute(() => "done"))).toBe("done");
    expect(clock.now).toBe(50);
    expect(controllers.made).toBe(0);
  });

  test("hands the attempt of the repetition around it on", async () => {
    const attempts: number[] = [];
    const policy = compose(retryPolicy({ attempts: 3, backoff: 0 }), chaos({ faultRate: 0 }));
    const task: Task<number> = ({ attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error("down");
      return attempt;
    };
    expect(await policy.execute(task)).toBe(3);
    expect(attempts).toEqual([1, 2, 3]);
  });

  test("that has aborted: rejects with its reason", async () => {
    const scope = new Scope();
    scope.abort("left");
    expect(await rejection(chaos({ faultRate: 1 }).execute(() => 1, scope))).toBe("left");
  });
});
