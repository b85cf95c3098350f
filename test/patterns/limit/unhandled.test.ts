import { describe, expect, test } from "vitest";
import {
  AdaptiveLimiter,
  Bulkhead,
  keyed,
  Mutex,
  RateLimiter,
  Semaphore,
  type AbortOptions,
  type Task,
} from "yieldpoint";
import { complaints, flush, rejection } from "../../support/waiting.ts";

type Execute = <T>(task: Task<T>, options?: AbortOptions & { readonly weight?: number }) => Promise<T>;

const error = new Error("failed");
const fail = (): Promise<never> => Promise.reject(error);
const throwing = (): never => {
  throw error;
};

/** Limits of one at a time, or in an interval, in which the second caller waits. */
const limits: readonly [name: string, make: (interval?: number) => { execute: Execute }][] = [
  ["Semaphore", () => new Semaphore(1)],
  ["Bulkhead", () => new Bulkhead({ concurrency: 1, maxQueue: 9 })],
  ["AdaptiveLimiter", () => new AdaptiveLimiter({ max: 1 })],
  ["RateLimiter", (interval = 1) => new RateLimiter({ limit: 1, interval })],
  ["Mutex", () => new Mutex()],
  ["keyed().for()", () => keyed(() => new Semaphore(1)).for("a")],
];

describe.each(limits)("%s.execute() of a task that fails", (_name, make) => {
  test("leaves nothing unhandled where its caller handles it, at once and from the queue", async () => {
    const found = await complaints(async () => {
      const limit = make();
      const all = [fail, throwing, fail, throwing].map((task) => rejection(limit.execute(task)));
      expect(await Promise.all(all)).toEqual([error, error, error, error]);
    });
    expect(found).toEqual([]);
  });

  test("is reported once for each call that nobody handles: no failure is swallowed", async () => {
    const found = await complaints(async () => {
      const limit = make();
      for (const task of [fail, throwing, fail]) void limit.execute(task);
      await limit.execute(() => "the last");
    });
    expect(found).toEqual([error, error, error]);
  });

  test("leaves nothing unhandled of those that gave up while they waited, and does not call them", async () => {
    let called = 0;
    const found = await complaints(async () => {
      const limit = make(60_000);
      const controller = new AbortController();
      const first = rejection(limit.execute(fail));
      const others = [1, 2].map(() => rejection(limit.execute(() => ++called, controller)));
      controller.abort("gave up");
      expect(await Promise.all([first, ...others])).toEqual([error, "gave up", "gave up"]);
    });
    expect(found).toEqual([]);
    expect(called).toBe(0);
  });
});

test("Semaphore.execute() of a heavy task that fails leaves nothing unhandled, and is reported once if nobody handles it", async () => {
  const semaphore = new Semaphore(2);
  const handled = await complaints(() => rejection(semaphore.execute(fail, { weight: 2 })));
  expect(handled).toEqual([]);
  const unhandled = await complaints(async () => {
    void semaphore.execute(fail, { weight: 2 });
    void semaphore.execute(throwing, { weight: 2 });
    await flush();
  });
  expect(unhandled).toEqual([error, error]);
});
