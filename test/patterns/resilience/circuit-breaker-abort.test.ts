import { describe, expect, test, vi } from "vitest";
import { CircuitBreaker, consecutive, sleep, timeout } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { complaints, deferred, listeners, rejection } from "../../support/waiting.ts";
import { call } from "../../support/breaker.ts";

describe("CircuitBreaker and the abort of a caller's signal", () => {
  const reason = new Error("gave up");

  test("before: rejects with the reason itself, calls nothing and counts nothing", async () => {
    const breaker = new CircuitBreaker();
    const task = vi.fn();
    expect(await rejection(breaker.execute(task, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(task).not.toHaveBeenCalled();
    expect(breaker.stats()).toEqual({ state: "closed", successes: 0, failures: 0, ignored: 0, rejected: 0 });
  });

  test("before, when it is open: the reason, and no refusal is counted", async () => {
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    await call(breaker, "fail");
    expect(await rejection(breaker.execute(() => 1, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(breaker.stats().rejected).toBe(0);
  });

  test("during: the caller's own abort is not counted as a failure", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    const controller = new AbortController();
    const running = observe(breaker.execute((context) => sleep(1_000, context), controller));
    await clock.advance(10);
    controller.abort(reason);
    await clock.advance(0);
    expect(running).toMatchObject({ status: "rejected", reason });
    expect(breaker.stats()).toMatchObject({ state: "closed", failures: 0, ignored: 1 });
    expect(clock.pending).toEqual([]);
  });

  test("during: isFailure is not asked about it", async () => {
    const isFailure = vi.fn(() => true);
    const breaker = new CircuitBreaker({ isFailure });
    const controller = new AbortController();
    const running = breaker.execute(({ signal }) => {
      controller.abort(reason);
      signal.throwIfAborted();
    }, controller);
    expect(await rejection(running)).toBe(reason);
    expect(isFailure).not.toHaveBeenCalled();
  });

  test("during: the task is followed to its end, and its success counts", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker();
    const controller = new AbortController();
    const work = deferred<string>();
    const running = observe(breaker.execute(() => work.promise, controller));
    controller.abort(reason);
    await clock.advance(100);
    expect(running.status).toBe("pending");
    work.resolve("done");
    await clock.advance(0);
    expect(running.value).toBe("done");
    expect(breaker.stats().successes).toBe(1);
  });

  test("during: another's AbortError counts as a failure", async () => {
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    const { signal } = new AbortController();
    const task = () => Promise.reject(new DOMException("the server hung up", "AbortError"));
    await rejection(breaker.execute(task, { signal }));
    expect(breaker.state).toBe("open");
  });

  test("after: changes nothing", async () => {
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    const controller = new AbortController();
    await breaker.execute(() => 1, controller);
    expect(listeners(controller.signal)).toBe(0);
    controller.abort(reason);
    expect(breaker.stats()).toMatchObject({ state: "closed", successes: 1 });
  });

  test("a timeout inside execute counts as a failure", async () => {
    using clock = virtualTime();
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    const slow = () => timeout((context) => sleep(1_000, context), 50);
    const running = observe(breaker.execute(slow));
    await clock.advance(50);
    expect(running.reason).toMatchObject({ code: "ERR_TIMEOUT" });
    expect(breaker.state).toBe("open");
  });

  test("leaves no unhandled rejection", async () => {
    const found = await complaints(async () => {
      const breaker = new CircuitBreaker({ trip: consecutive(1) });
      await rejection(breaker.execute(() => Promise.reject(new Error("down"))));
      await rejection(breaker.execute(() => 1));
      await rejection(breaker.execute(() => 1, { signal: AbortSignal.abort(reason) }));
    });
    expect(found).toEqual([]);
  });
});
