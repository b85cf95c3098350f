import { describe, expect, test, vi } from "vitest";
import { retry, sleep, timeout, TimeoutError, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { complaints, deferred, flush, listeners, microtasks, rejection } from "../../support/waiting.ts";

const reason = new Error("gave up");

function down(): never {
  throw new Error("down");
}

describe("retry() and the abort of its signal", () => {
  test("before: rejects with the reason itself and calls nothing", async () => {
    const task = vi.fn();
    expect(await rejection(retry(task, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(task).not.toHaveBeenCalled();
  });

  test("during a backoff: rejects at once, makes no further call and leaves no timer or listener", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const task = vi.fn(down);
    const result = observe(retry(task, { backoff: 1_000, signal: controller.signal }));
    await clock.advance(50);
    expect(listeners(controller.signal)).toBe(1);
    controller.abort(reason);
    await clock.advance(0);
    expect(result).toMatchObject({ status: "rejected", reason, at: 50 });
    expect(clock.pending).toEqual([]);
    expect(listeners(controller.signal)).toBe(0);
    await clock.advance(10_000);
    expect(task).toHaveBeenCalledTimes(1);
  });

  test("between the timer and the call, on a clock that is turned past both: makes no call", async () => {
    vi.useFakeTimers();
    try {
      const controller = new AbortController();
      const task = vi.fn(down);
      const running = retry(task, { backoff: 100, signal: controller.signal });
      await microtasks();
      setTimeout(() => controller.abort(reason), 150);
      vi.advanceTimersByTime(200);
      expect(await rejection(running)).toBe(reason);
      expect(task).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });

  test("during a later attempt: tells that one, as the first, by the caller's own signal", async () => {
    const { signal } = new AbortController();
    const handed: AbortSignal[] = [];
    const task = (context: TaskContext) => (handed.push(context.signal) < 3 ? down() : "done");
    expect(await retry(task, { backoff: 0, signal })).toBe("done");
    expect(handed.map((each) => each === signal)).toEqual([true, true, true]);
  });

  test("during a backoff by a timed-out signal: rejects with its reason", async () => {
    using clock = virtualTime();
    const signal = AbortSignal.timeout(150);
    const task = vi.fn(down);
    const result = observe(retry(task, { backoff: 100, signal }));
    await clock.advance(1_000);
    expect(result).toMatchObject({ status: "rejected", reason: signal.reason, at: 150 });
    expect(task).toHaveBeenCalledTimes(2);
  });

  test.each([null, 0, ""])("during a backoff, with the reason %o", async (falsy) => {
    using clock = virtualTime();
    const controller = new AbortController();
    const result = observe(retry(down, { backoff: 1_000, signal: controller.signal }));
    await clock.advance(1);
    controller.abort(falsy);
    await clock.advance(0);
    expect(result).toMatchObject({ status: "rejected", reason: falsy });
  });

  test("during an attempt: the attempt is told, followed to its end, and not repeated", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const attempt = vi.fn(async ({ signal }: { readonly signal: AbortSignal }) => {
      expect(signal).toBe(controller.signal);
      await sleep(100);
      throw new Error("its own error");
    });
    const result = observe(retry(attempt, { signal: controller.signal }));
    await clock.advance(50);
    controller.abort(reason);
    await clock.advance(49);
    expect(result.status).toBe("pending");
    await clock.advance(1);
    expect(result).toMatchObject({ status: "rejected", reason });
    expect(attempt).toHaveBeenCalledTimes(1);
    expect(clock.pending).toEqual([]);
  });

  test("during an attempt that succeeds all the same: gives its value", async () => {
    const controller = new AbortController();
    const task = () => {
      controller.abort(reason);
      return "finished";
    };
    expect(await retry(task, { signal: controller.signal })).toBe("finished");
  });

  test("our own abort is never retried, and when is not asked about it", async () => {
    const controller = new AbortController();
    const when = vi.fn(() => true);
    const task = vi.fn(({ signal }: { readonly signal: AbortSignal }) => {
      controller.abort(reason);
      signal.throwIfAborted();
    });
    expect(await rejection(retry(task, { attempts: Infinity, when, signal: controller.signal }))).toBe(
      reason,
    );
    expect(task).toHaveBeenCalledTimes(1);
    expect(when).not.toHaveBeenCalled();
  });

  test("somebody else's AbortError is retried", async () => {
    const { signal } = new AbortController();
    let calls = 0;
    const task = () => {
      if (++calls < 3) throw new DOMException("another request was aborted", "AbortError");
      return "done";
    };
    expect(await retry(task, { backoff: 0, signal })).toBe("done");
  });

  test.each([
    ["when", down],
    ["whenResult", () => 503],
  ])("while %s is asked: no wait is announced and no further call is made", async (question, end) => {
    using clock = virtualTime();
    const controller = new AbortController();
    const answer = deferred<boolean>();
    const task = vi.fn(end);
    const onRetry = vi.fn();
    const { signal } = controller;
    const result = observe(retry(task, { [question]: () => answer.promise, onRetry, signal }));
    await clock.advance(0);
    controller.abort(reason);
    answer.resolve(true);
    await clock.advance(0);
    expect(result).toMatchObject({ status: "rejected", reason });
    expect(onRetry).not.toHaveBeenCalled();
    expect(task).toHaveBeenCalledTimes(1);
    expect(clock.pending).toEqual([]);
  });

  test("by onRetry: no sleep is started and no further call is made", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const task = vi.fn(down);
    const onRetry = () => controller.abort(reason);
    expect(await rejection(retry(task, { onRetry, signal: controller.signal }))).toBe(reason);
    expect(task).toHaveBeenCalledTimes(1);
    expect(clock.pending).toEqual([]);
  });

  test("after: changes nothing, and no listener was left behind", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    let calls = 0;
    const task = () => (++calls < 3 ? down() : "done");
    expect(await clock.run(() => retry(task, { signal: controller.signal }))).toBe("done");
    expect(listeners(controller.signal)).toBe(0);
    controller.abort(reason);
    expect(calls).toBe(3);
  });

  test("by an outer timeout: ends the backoff at the deadline", async () => {
    using clock = virtualTime();
    const task = vi.fn(down);
    const attempts = Infinity;
    const result = observe(timeout(({ signal }) => retry(task, { attempts, backoff: 100, signal }), 250));
    await clock.advance(10_000);
    expect(result).toMatchObject({ status: "rejected", at: 250 });
    expect(result.reason).toBeInstanceOf(TimeoutError);
    expect(task).toHaveBeenCalledTimes(3);
    expect(clock.pending).toEqual([]);
  });

  test("a TimeoutError of an attempt's own timeout is retried", async () => {
    using clock = virtualTime();
    const { signal } = new AbortController();
    let calls = 0;
    const attempt = () => timeout((context) => sleep(++calls < 3 ? 1_000 : 10, context), 50);
    await clock.run(() => retry(attempt, { backoff: 0, signal }));
    expect([calls, clock.now]).toEqual([3, 110]);
  });

  test("10,000 aborted backoffs leave no listener and no timer", async () => {
    using clock = virtualTime();
    const shared = new AbortController();
    const controllers = Array.from({ length: 5_000 }, () => new AbortController());
    const start = ({ signal }: AbortController) => observe(retry(down, { backoff: 60_000, signal }));
    const all = [...controllers.map(start), ...controllers.map(() => start(shared))];
    await clock.advance(0);
    expect(listeners(shared.signal)).toBe(1);
    for (const controller of [shared, ...controllers]) controller.abort(reason);
    await clock.advance(0);
    expect(all.every((each) => each.reason === reason)).toBe(true);
    expect(clock.pending).toEqual([]);
    expect([shared, ...controllers].every(({ signal }) => listeners(signal) === 0)).toBe(true);
  });

  test("aborted backoffs leave no unhandled rejection and no warning", async () => {
    const controller = new AbortController();
    const found = await complaints(async () => {
      const options = { backoff: 60_000, signal: controller.signal };
      const all = Array.from({ length: 50 }, () => rejection(retry(down, options)));
      await flush();
      controller.abort(reason);
      await Promise.all(all);
    });
    expect(found).toEqual([]);
  });
});
