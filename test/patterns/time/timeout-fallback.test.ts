import { AsyncLocalStorage } from "node:async_hooks";
import { sleep, timeout, TimeoutError, type Task } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { complaints, listeners, rejection } from "../../support/waiting.ts";

const never = (): Promise<never> => new Promise(() => {});

describe("timeout() with a fallback", () => {
  test("gives its answer at the deadline instead, plain or awaited, and aborts the task", async () => {
    using clock = virtualTime();
    let own: AbortSignal | undefined;
    const task: Task<never> = ({ signal }) => {
      own = signal;
      return never();
    };
    expect(await clock.run(() => timeout(task, 10, { fallback: () => "cached" }))).toBe("cached");
    expect(own?.reason).toBeInstanceOf(TimeoutError);
    const slow = async (): Promise<string> => {
      await sleep(5);
      return "stored";
    };
    expect(await clock.run(() => timeout(never, 10, { fallback: slow }))).toBe("stored");
    expect(clock.now).toBe(25);
    expect(await clock.run(() => timeout(never, 10, { fallback: () => undefined }))).toBe(undefined);
  });

  test("does not call it when the task is in time", async () => {
    let called = false;
    const fallback = (): void => {
      called = true;
    };
    expect(await timeout(() => "fresh", 100, { fallback })).toBe("fresh");
    expect(called).toBe(false);
  });

  test("rejects with the fallback's failure, thrown or rejected, falsy too", async () => {
    using clock = virtualTime();
    for (const reason of [new Error("no cache"), undefined, null]) {
      const throwing = (): never => {
        throw reason;
      };
      expect(await clock.run(() => rejection(timeout(never, 10, { fallback: throwing })))).toBe(reason);
      const rejecting = (): Promise<never> => Promise.reject(reason);
      expect(await clock.run(() => rejection(timeout(never, 10, { fallback: rejecting })))).toBe(reason);
    }
  });

  test("ignores the task's late result while the fallback runs", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const answer = (value: string, ms: number) => async (): Promise<string> => {
        await sleep(ms);
        return value;
      };
      const failing = async (): Promise<never> => {
        await sleep(20);
        throw new Error("late");
      };
      const options = { fallback: answer("cached", 50) };
      expect(await clock.run(() => timeout(answer("late", 20), 10, options))).toBe("cached");
      expect(await clock.run(() => timeout(failing, 10, options))).toBe("cached");
    });
    expect(found).toStrictEqual([]);
  });

  test("calls it with no arguments", async () => {
    using clock = virtualTime();
    const fallback = (...given: unknown[]): number => given.length;
    expect(await clock.run(() => timeout(never, 10, { fallback }))).toBe(0);
  });

  test("calls it in the caller's AsyncLocalStorage context", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const ask = (): Promise<string | undefined> => timeout(never, 10, { fallback: () => user.getStore() });
    const both = (): Promise<unknown> => Promise.all([user.run("Ada", ask), user.run("Bob", ask)]);
    expect(await clock.run(both)).toStrictEqual(["Ada", "Bob"]);
  });

  test("rejects at once when the caller aborts while the fallback runs, and ignores its end", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const controller = new AbortController();
      const fallback = async (): Promise<never> => {
        await sleep(1_000);
        throw new Error("late");
      };
      const waiting = observe(timeout(never, 10, { fallback, signal: controller.signal }));
      await clock.advance(20);
      expect(waiting.status).toBe("pending");
      const reason = new Error("leave");
      controller.abort(reason);
      expect(listeners(controller.signal)).toBe(0);
      await clock.advance(2_000);
      expect(waiting).toMatchObject({ status: "rejected", at: 20 });
      expect(waiting.reason).toBe(reason);
    });
    expect(found).toStrictEqual([]);
  });

  test("rejects with the caller's reason when the fallback itself aborts", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const fallback = (): string => {
      controller.abort("by the fallback");
      return "cached";
    };
    const options = { fallback, signal: controller.signal };
    expect(await clock.run(() => rejection(timeout(never, 10, options)))).toBe("by the fallback");
  });

  test("holds no listener when the fallback is over", async () => {
    using clock = virtualTime();
    const { signal } = new AbortController();
    await clock.run(() => timeout(never, 10, { fallback: () => sleep(5), signal }));
    expect(listeners(signal)).toBe(0);
  });
});
