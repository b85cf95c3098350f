import { describe, expect, test, vi } from "vitest";
import {
  compose,
  fallback,
  fallbackPolicy,
  retryPolicy,
  sleep,
  timeout,
  timeoutPolicy,
  TimeoutError,
  type Task,
} from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { Scope } from "../../../src/patterns/core/scope.ts";
import { countControllers } from "../../support/controllers.ts";
import { complaints, deferred, listeners, rejection } from "../../support/waiting.ts";

const reason = new Error("gave up");

describe("fallback() and the caller's own abort", () => {
  test("before: rejects with the reason itself, and calls nothing", async () => {
    const [task, answer, when] = [vi.fn(), vi.fn(), vi.fn(() => true)];
    const signal = AbortSignal.abort(reason);
    expect(await rejection(fallback(task, answer, { when, signal }))).toBe(reason);
    for (const called of [task, answer, when]) expect(called).not.toHaveBeenCalled();
  });

  test("during: a task that heeds it is not answered, and `when` is not asked", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const [answer, when] = [vi.fn(), vi.fn(() => true)];
    const { signal } = controller;
    const running = observe(fallback((context) => sleep(1_000, context), answer, { when, signal }));
    await clock.advance(10);
    controller.abort(reason);
    await clock.advance(0);
    expect(running).toMatchObject({ status: "rejected", at: 10 });
    expect(running.reason).toBe(reason);
    expect(answer).not.toHaveBeenCalled();
    expect(when).not.toHaveBeenCalled();
    expect(clock.pending).toEqual([]);
  });

  test("during: a task that fails otherwise after it is not answered either: the reason, not its failure", async () => {
    const controller = new AbortController();
    const answer = vi.fn();
    const work = deferred();
    const running = fallback(() => work.promise, answer, controller);
    controller.abort(undefined);
    work.reject(new Error("something else"));
    expect(await rejection(running)).toBe(controller.signal.reason);
    expect(answer).not.toHaveBeenCalled();
  });

  test("during: a task that succeeds all the same has succeeded", async () => {
    const controller = new AbortController();
    const work = deferred<string>();
    const running = observe(fallback(() => work.promise, vi.fn(), controller));
    controller.abort(reason);
    await Promise.resolve();
    expect(running.status).toBe("pending");
    work.resolve("done");
    expect(await fallback(() => work.promise, vi.fn())).toBe("done");
    expect(running.value).toBe("done");
  });

  test("while `when` is asked: the reason, whatever it says in the end", async () => {
    for (const says of [true, false]) {
      const controller = new AbortController();
      const answer = vi.fn();
      const asked = deferred<boolean>();
      const { signal } = controller;
      const running = fallback(() => Promise.reject("down"), answer, { when: () => asked.promise, signal });
      await Promise.resolve();
      controller.abort(reason);
      asked.resolve(says);
      expect(await rejection(running)).toBe(reason);
      expect(answer).not.toHaveBeenCalled();
    }
  });

  test("while the answer is under way: it is told, and followed to its end", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const seen: boolean[] = [];
    const heedless = async (_error: unknown, { signal }: { readonly signal: AbortSignal }) => {
      await sleep(100);
      seen.push(signal.aborted);
      return "answered";
    };
    const down: Task<never> = () => Promise.reject("down");
    const first = observe(fallback(down, heedless, controller));
    const second = observe(fallback(down, (_error, context) => sleep(100, context), controller));
    await clock.advance(50);
    controller.abort(reason);
    await clock.advance(50);
    expect(first).toMatchObject({ status: "fulfilled", value: "answered", at: 100 });
    expect(second).toMatchObject({ status: "rejected", at: 50 });
    expect(second.reason).toBe(reason);
    expect(seen).toEqual([true]);
    expect(clock.pending).toEqual([]);
  });

  test("after: changes nothing", async () => {
    const controller = new AbortController();
    expect(
      await fallback(
        () => Promise.reject("down"),
        () => "answered",
        controller,
      ),
    ).toBe("answered");
    expect(listeners(controller.signal)).toBe(0);
    controller.abort(reason);
  });

  test("another's AbortError is a failure like any other, and is answered", async () => {
    const { signal } = new AbortController();
    const hungUp = new DOMException("the server hung up", "AbortError");
    expect(
      await fallback(
        () => Promise.reject(hungUp),
        (error) => [error],
        { signal },
      ),
    ).toEqual([hungUp]);
  });

  test("10,000 calls that are aborted leave no listener, no timer and no unhandled rejection", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const controller = new AbortController();
      const answer = vi.fn();
      const all = Array.from({ length: 10_000 }, () =>
        fallback((context) => sleep(1_000, context), answer, controller),
      );
      const settled = Promise.allSettled(all);
      await clock.advance(1);
      controller.abort(reason);
      expect(new Set((await settled).map((each) => each.status === "rejected" && each.reason))).toEqual(
        new Set([reason]),
      );
      expect(listeners(controller.signal)).toBe(0);
      expect(clock.pending).toEqual([]);
      expect(answer).not.toHaveBeenCalled();
    });
    expect(found).toEqual([]);
  });
});

describe("fallbackPolicy() in the scope of another pattern", () => {
  const hang: Task<string> = (context) => sleep(Infinity, context).then(() => "never");

  test("outside a timeout, it answers the deadline", async () => {
    using clock = virtualTime();
    const policy = compose(
      fallbackPolicy((error) => error),
      timeoutPolicy(50),
    );
    expect(await clock.run(() => policy.execute(hang))).toEqual(new TimeoutError(50));
  });

  test("inside a timeout, it does not: the deadline is its caller's abort", async () => {
    using clock = virtualTime();
    const answer = vi.fn();
    const policy = compose(timeoutPolicy(50), fallbackPolicy(answer));
    expect(await clock.run(() => rejection(policy.execute(hang)))).toEqual(new TimeoutError(50));
    await clock.advance(100);
    expect(answer).not.toHaveBeenCalled();
  });

  test("inside a repetition, task and answer are given its attempt", async () => {
    const seen: number[] = [];
    const policy = compose(
      retryPolicy({ attempts: 2, backoff: 0 }),
      fallbackPolicy((_error, { attempt }) => {
        seen.push(attempt);
        if (attempt === 1) throw new Error("no answer yet");
        return "answered";
      }),
    );
    const task: Task<string> = ({ attempt }) => {
      seen.push(attempt);
      throw new Error("down");
    };
    expect(await policy.execute(task)).toBe("answered");
    expect(seen).toEqual([1, 1, 2, 2]);
  });

  test("makes no signal, and hands the very context on", async () => {
    using controllers = countControllers();
    const scope = new Scope();
    const seen: unknown[] = [];
    const task: Task<never> = (context) => {
      seen.push(context);
      throw new Error("down");
    };
    await fallbackPolicy((_error, context) => seen.push(context)).execute(task, scope);
    await fallback(task, (_error, context) => seen.push(context));
    await timeout((context) => fallback(task, () => "answered", context), 1_000);
    expect(seen.slice(0, 2)).toEqual([scope, scope]);
    expect(seen[0]).toBe(scope);
    expect(controllers.made).toBe(0);
  });

  test("a scope that has aborted: its reason, and nothing is called", async () => {
    const scope = new Scope();
    scope.abort("left");
    const [task, answer] = [vi.fn(), vi.fn()];
    expect(await rejection(fallbackPolicy(answer).execute(task, scope))).toBe("left");
    expect(task).not.toHaveBeenCalled();
    expect(answer).not.toHaveBeenCalled();
  });
});
