import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test, vi } from "vitest";
import { backoff, retry, StopRetry } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { countControllers } from "../../support/controllers.ts";
import { complaints, rejection } from "../../support/waiting.ts";
import { failing } from "./failing.ts";

describe("retry()", () => {
  test("calls once and waits for nothing when the task succeeds", async () => {
    using clock = virtualTime();
    const { task, at } = failing(0);
    expect(await clock.run(() => retry(task))).toBe("done");
    expect(at).toEqual([0]);
  });

  test("repeats until the task succeeds, counting attempts from 1, with the waits between", async () => {
    using clock = virtualTime();
    const { task, at, attempts } = failing(3);
    const wait = backoff.exponential({ jitter: "none" });
    expect(await clock.run(() => retry(task, { backoff: wait }))).toBe("done");
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(at).toEqual([0, 100, 300, 700]);
  });

  test("makes no signal for a task that reads none", async () => {
    using controllers = countControllers();
    expect(await retry(failing(0).task)).toBe("done");
    expect(await retry(failing(2).task, { backoff: 0 })).toBe("done");
    expect(controllers.made).toBe(0);
  });

  test("gives up after 4 attempts, the first included, with the last error", async () => {
    using clock = virtualTime();
    const { task, errors } = failing(Infinity);
    expect(await clock.run(() => rejection(retry(task)))).toBe(errors[3]);
    expect(errors).toHaveLength(4);
  });

  test("does not sleep after the last attempt", async () => {
    using clock = virtualTime();
    const { task, at } = failing(Infinity);
    const result = observe(retry(task, { attempts: 3, backoff: 100 }));
    await clock.advance(200);
    expect(at).toEqual([0, 100, 200]);
    expect(result).toMatchObject({ status: "rejected", at: 200 });
    expect(clock.pending).toEqual([]);
  });

  test("with attempts 1 calls once and never sleeps", async () => {
    using clock = virtualTime();
    const { task, errors, at } = failing(Infinity);
    expect(await rejection(retry(task, { attempts: 1 }))).toBe(errors[0]);
    expect(at).toEqual([0]);
    expect(clock.pending).toEqual([]);
  });

  test("waits by default with full jitter from 100 ms", async () => {
    using clock = virtualTime();
    const random = vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { task, at } = failing(3);
    await clock.run(() => retry(task));
    expect(at).toEqual([0, 50, 150, 350]);
    random.mockRestore();
  });

  test("waits by default as backoff.exponential() does, up to 30,000 ms", async () => {
    using clock = virtualTime();
    const random = vi.spyOn(Math, "random").mockReturnValue(0.25);
    const told: number[] = [];
    const onRetry = ({ delay }: { readonly delay: number }) => void told.push(delay);
    await clock.run(() => retry(failing(1_100).task, { attempts: Infinity, onRetry }));
    const wait = backoff.exponential();
    expect(told).toEqual(told.map((_, index) => wait(index + 1, 0)));
    expect([told[8], told[9], told[1_099]]).toEqual([6_400, 7_500, 7_500]);
    random.mockRestore();
  });

  test("tells the backoff the failed attempt and the wait before it", async () => {
    using clock = virtualTime();
    const told: number[][] = [];
    const wait = (...args: [number, number]): number => {
      told.push(args);
      return args[0] * 10;
    };
    const { task, at } = failing(3);
    await clock.run(() => retry(task, { backoff: wait }));
    expect(told).toEqual([
      [1, 0],
      [2, 10],
      [3, 20],
    ]);
    expect(at).toEqual([0, 10, 30, 60]);
  });

  test("gives a plain value, and a thenable's", async () => {
    const thenable = { then: (resolve: (value: string) => void) => resolve("thenable") };
    expect(await retry(() => "plain")).toBe("plain");
    expect(await retry(() => thenable as PromiseLike<string>)).toBe("thenable");
    expect(await retry(() => undefined)).toBeUndefined();
  });

  test("repeats a task that throws synchronously", async () => {
    let calls = 0;
    const task = (): string => {
      if (++calls < 3) throw new Error("sync");
      return "done";
    };
    expect(await retry(task, { backoff: 0 })).toBe("done");
    expect(calls).toBe(3);
  });

  test.each([undefined, null, 0, "", false])(
    "a task that throws %o is repeated, and that is what it rejects with",
    async (falsy) => {
      let calls = 0;
      const task = () => {
        calls++;
        throw falsy;
      };
      expect(await rejection(retry(task, { attempts: 3, backoff: 0 }))).toBe(falsy);
      expect(calls).toBe(3);
    },
  );

  test("takes options that are given as undefined for their defaults", async () => {
    using clock = virtualTime();
    const { task, errors } = failing(Infinity);
    const options = {
      attempts: undefined,
      backoff: undefined,
      when: undefined,
      whenResult: undefined,
      retryAfter: undefined,
      budget: undefined,
      maxElapsed: undefined,
      onRetry: undefined,
      signal: undefined,
    };
    await clock.run(() => rejection(retry(task, options)));
    expect(errors).toHaveLength(4);
  });

  test("sleeps for more than 2^31 ms where it must", async () => {
    using clock = virtualTime();
    const { task, at } = failing(1);
    await clock.run(() => retry(task, { backoff: 2 ** 31 + 5 }));
    expect(at).toEqual([0, 2 ** 31 + 5]);
  });

  test("with a backoff of Infinity waits until it is aborted, and arms no timer", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { task, at } = failing(1);
    const result = observe(retry(task, { backoff: Infinity, signal: controller.signal }));
    await clock.advance(1e12);
    expect([result.status, clock.pending]).toEqual(["pending", []]);
    controller.abort("enough");
    await clock.advance(0);
    expect(result.reason).toBe("enough");
    expect(at).toEqual([0]);
  });

  test("with delay 0 and attempts Infinity does not starve the event loop", async () => {
    const controller = new AbortController();
    const turn = setImmediate(() => controller.abort("the loop turns"));
    let calls = 0;
    const task = (): never => {
      // Where nothing else gets a turn, this alone would end it.
      if (++calls > 100_000) throw new StopRetry("starved");
      throw new Error("again");
    };
    const options = { attempts: Infinity, backoff: 0, signal: controller.signal };
    expect(await rejection(retry(task, options))).toBe("the loop turns");
    clearImmediate(turn);
  });

  test("goes on in its caller's context after a wait", async () => {
    const store = new AsyncLocalStorage<string>();
    const run = (name: string) => {
      const seen: (string | undefined)[] = [];
      const task = ({ attempt }: { readonly attempt: number }) => {
        seen.push(store.getStore());
        if (attempt < 3) throw new Error("again");
        return seen;
      };
      return store.run(name, () => retry(task, { backoff: 0 }));
    };
    expect(await Promise.all([run("a"), run("b")])).toEqual([
      ["a", "a", "a"],
      ["b", "b", "b"],
    ]);
  });

  test("leaves no unhandled rejection", async () => {
    const found = await complaints(async () => {
      await rejection(retry(() => Promise.reject(new Error("down")), { backoff: 0 }));
      await rejection(
        retry(() => Promise.reject(new Error("down")), { when: () => Promise.reject(new Error("in when")) }),
      );
    });
    expect(found).toEqual([]);
  });
});
