import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test, vi } from "vitest";
import { retry, type RetryEvent, type Task } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { listeners, rejection } from "../../support/waiting.ts";

const busy = (status: number): boolean => status === 503;

/** Gives one after the other, the last one again and again; an Error is thrown. */
function giving<T>(...ends: readonly (T | Error)[]) {
  const at: number[] = [];
  const task: Task<T> = async () => {
    const end = ends[Math.min(at.length, ends.length - 1)] as T | Error;
    at.push(performance.now());
    if (end instanceof Error) throw end;
    return end;
  };
  return { task, at };
}

describe("retry({ whenResult })", () => {
  test("repeats a result that it wants another attempt for, with the waits between", async () => {
    using clock = virtualTime();
    const { task, at } = giving(503, 503, 200);
    expect(await clock.run(() => retry(task, { backoff: 100, whenResult: busy }))).toBe(200);
    expect(at).toEqual([0, 100, 200]);
  });

  test("gives the first result, and sleeps for nothing, where it wants no other", async () => {
    using clock = virtualTime();
    const { task, at } = giving(200, 503);
    expect(await retry(task, { whenResult: busy })).toBe(200);
    expect(at).toEqual([0]);
    expect(clock.pending).toEqual([]);
  });

  test("gives the last result, no error, when the attempts are used up, and does not sleep after it", async () => {
    using clock = virtualTime();
    const answers = [{ n: 1 }, { n: 2 }, { n: 3 }];
    const { task, at } = giving(...answers);
    const result = observe(retry(task, { attempts: 3, backoff: 100, whenResult: () => true }));
    await clock.advance(200);
    expect(result).toMatchObject({ status: "fulfilled", at: 200 });
    expect(result.value).toBe(answers[2]);
    expect(at).toEqual([0, 100, 200]);
    expect(clock.pending).toEqual([]);
  });

  test("is asked about each result but the last one allowed, with its attempt", async () => {
    const asked: [number, number][] = [];
    const whenResult = async (value: number, attempt: number): Promise<boolean> => {
      asked.push([value, attempt]);
      return true;
    };
    expect(await retry(giving(7, 8, 9).task, { attempts: 3, backoff: 0, whenResult })).toBe(9);
    expect(asked).toEqual([
      [7, 1],
      [8, 2],
    ]);
  });

  test("is not asked when only one attempt is allowed", async () => {
    const whenResult = vi.fn(() => true);
    expect(await retry(giving(503).task, { attempts: 1, whenResult })).toBe(503);
    expect(whenResult).not.toHaveBeenCalled();
  });

  test.each([undefined, null, 0, "", false])(
    "repeats the result %o, and gives it as the last one",
    async (falsy) => {
      const { task, at } = giving(falsy);
      expect(await retry(task, { attempts: 3, backoff: 0, whenResult: () => true })).toBe(falsy);
      expect(at).toHaveLength(3);
    },
  );

  test("takes turns with failures: each has its own question, and the last end counts", async () => {
    const error = new Error("reset");
    const when = vi.fn(() => true);
    const whenResult = vi.fn(busy);
    const mixed = giving(error, 503, error, 200);
    expect(await retry(mixed.task, { backoff: 0, when, whenResult })).toBe(200);
    expect(when.mock.calls).toEqual([
      [error, 1],
      [error, 3],
    ]);
    expect(whenResult.mock.calls).toEqual([[503, 2]]);
    const options = { attempts: 2, backoff: 0, whenResult: busy };
    expect(await rejection(retry(giving(503, error).task, options))).toBe(error);
    expect(await retry(giving<number>(error, 503).task, options)).toBe(503);
  });

  test("leaves failures to `when`: a failure that is not repeated is thrown", async () => {
    const error = new Error("404");
    const { task, at } = giving<number>(503, error);
    expect(await rejection(retry(task, { backoff: 0, when: () => false, whenResult: busy }))).toBe(error);
    expect(at).toHaveLength(2);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("in whenResult");
      },
    ],
    ["rejects", () => Promise.reject(new Error("in whenResult"))],
  ])("that %s ends the repetition with its own error", async (_name, whenResult) => {
    const { task, at } = giving(503);
    const when = vi.fn(() => true);
    await expect(retry(task, { when, whenResult })).rejects.toThrow("in whenResult");
    expect(at).toHaveLength(1);
    expect(when).not.toHaveBeenCalled();
  });

  test("leaves a failure that is there undefined apart from a result that is", async () => {
    const events: RetryEvent[] = [];
    let calls = 0;
    const task = () => {
      if (++calls === 1) throw undefined;
      return undefined;
    };
    const onRetry = (event: RetryEvent) => void events.push(event);
    await retry(task, { attempts: 3, backoff: 5, whenResult: () => true, onRetry });
    expect(events).toStrictEqual([
      { error: undefined, attempt: 1, delay: 5 },
      { value: undefined, attempt: 2, delay: 5 },
    ]);
  });

  test("lets retryAfter read the wait from the result", async () => {
    using clock = virtualTime();
    const { task, at } = giving({ after: 5_000 }, { after: undefined }, { after: 0 });
    const retryAfter = (answer: unknown) => (answer as { after: number | undefined }).after;
    const whenResult = ({ after }: { after: number | undefined }) => after !== 0;
    await clock.run(() => retry(task, { backoff: 10, whenResult, retryAfter }));
    expect(at).toEqual([0, 5_000, 5_010]);
  });

  test("gives the last result at once where the wait would end past maxElapsed", async () => {
    using clock = virtualTime();
    const { task, at } = giving(503);
    const options = { attempts: Infinity, backoff: 100, maxElapsed: 150, whenResult: busy };
    expect(await clock.run(() => retry(task, options))).toBe(503);
    expect(at).toEqual([0, 100]);
    expect([clock.now, clock.pending]).toEqual([100, []]);
  });

  test("goes on in its caller's context", async () => {
    const store = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const whenResult = () => {
      seen.push(store.getStore());
      return true;
    };
    const task = () => void seen.push(store.getStore());
    await store.run("mine", () => retry(task, { attempts: 2, backoff: 0, whenResult }));
    expect(seen).toEqual(["mine", "mine", "mine"]);
  });
});

describe("retry({ whenResult }) and an abort", () => {
  const reason = new Error("gave up");

  test("during the wait after a result: rejects with the reason at once and makes no further call", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { task, at } = giving(503);
    const { signal } = controller;
    const result = observe(retry(task, { backoff: 1_000, whenResult: busy, signal }));
    await clock.advance(50);
    controller.abort(reason);
    await clock.advance(10_000);
    expect(result).toMatchObject({ status: "rejected", reason, at: 50 });
    expect(at).toEqual([0]);
    expect([clock.pending, listeners(signal)]).toEqual([[], 0]);
  });

  test("during an attempt: a result that is wanted is given, one that is not ends with the reason", async () => {
    const outcome = async (status: number): Promise<unknown> => {
      const controller = new AbortController();
      const task = () => {
        controller.abort(reason);
        return status;
      };
      const onRetry = vi.fn();
      const retried = retry(task, { whenResult: busy, onRetry, signal: controller.signal });
      const end = await retried.catch((error: unknown) => error);
      expect(onRetry).not.toHaveBeenCalled();
      return end;
    };
    expect(await outcome(200)).toBe(200);
    expect(await outcome(503)).toBe(reason);
  });
});
