import { AsyncLocalStorage } from "node:async_hooks";
import { sleep, timeout, TimeoutError, timeoutPolicy, type Task } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { eventLoopTime } from "../../support/event-loop-clock.ts";
import { rejection } from "../../support/waiting.ts";

const never = (): Promise<never> => new Promise(() => {});

test("timeoutPolicy() gives each task its time", async () => {
  using clock = virtualTime();
  const policy = timeoutPolicy(10);
  for (const n of [1, 2]) {
    const error = await clock.run(() => rejection(policy.execute(never)));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ ms: 10 });
    expect(clock.now).toBe(10 * n);
  }
  expect(await clock.run(() => policy.execute(() => "in time"))).toBe("in time");
  expect(clock.pending).toStrictEqual([]);
});

test("timeoutPolicy() answers by its fallback, and gives up at the caller's abort", async () => {
  using clock = virtualTime();
  const policy = timeoutPolicy(10, { fallback: () => "cached" });
  expect(await clock.run(() => policy.execute(never))).toBe("cached");
  const controller = new AbortController();
  const waiting = rejection(policy.execute(never, { signal: controller.signal }));
  controller.abort("user left");
  expect(await waiting).toBe("user left");
  expect(clock.pending).toStrictEqual([]);
});

test("timeoutPolicy() refuses at the call a time that is none, and a fallback that is no function", () => {
  expect(() => timeoutPolicy(-1)).toThrow(new RangeError("timeoutPolicy: ms must be a number >= 0, got -1"));
  expect(() => timeoutPolicy(1, { fallback: "cached" as unknown as () => string })).toThrow(
    new TypeError('timeoutPolicy: fallback must be a function, got "cached"'),
  );
});

test.each(["at once", "after a while"])(
  "timeout() tells a pattern that its task calls %s, in the AsyncLocalStorage context of that call",
  async (when) => {
    using clock = eventLoopTime();
    await clock.run(() => rejection(timeout(never, 0)));
    const user = new AsyncLocalStorage<string>();
    const told: unknown[] = [];
    const inner: Task<never> = ({ signal }) => {
      signal.addEventListener("abort", () => told.push([user.getStore(), signal.reason]));
      return never();
    };
    const task: Task<never> = async (context) => {
      if (when === "after a while") await sleep(5);
      return timeout(inner, 60_000, context);
    };
    const calls = ["Ada", "Bob"].map((name) => user.run(name, () => rejection(timeout(task, 50))));
    const [ada, bob] = await clock.run(() => Promise.all(calls));
    expect(told).toStrictEqual([
      ["Ada", ada],
      ["Bob", bob],
    ]);
    expect(clock.pending).toStrictEqual([]);
  },
);
