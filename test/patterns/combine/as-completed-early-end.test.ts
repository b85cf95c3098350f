import { asCompleted, sleep, type AbortOptions, type Task } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { complaints, flush, listeners, rejection } from "../../support/waiting.ts";
import { failAnyway, nap } from "./tasks.ts";
import { read, value } from "./completed.ts";

const error = new Error("down");

describe("asCompleted() left early", () => {
  test("cancels the rest: tells the tasks whose results were not given, and waits for them", async () => {
    using clock = virtualTime();
    const signals: AbortSignal[] = [];
    let started = 0;
    const deaf: Task<number> = async ({ signal }) => {
      signals.push(signal);
      await sleep(60);
      return 60;
    };
    const late = (): number => ++started;
    const tasks = [nap(10, signals), nap(20, signals), nap(1_000, signals), deaf, late];
    await clock.run(async () => {
      for await (const { index } of asCompleted(tasks, { concurrency: 4 })) {
        expect(index).toBe(0);
        // Another one arrives, and the last is started.
        await sleep(15);
        break;
      }
    });
    expect(signals.map(({ aborted }) => aborted)).toStrictEqual([false, true, true, true]);
    expect(signals[1]?.reason).toMatchObject({ name: "AbortError" });
    expect(clock.now).toBe(60);
    expect(clock.pending).toStrictEqual([]);
    expect(started).toBe(1);
  });

  test("starts nothing further", async () => {
    let started = 0;
    const task = (): number => ++started;
    for await (const _ of asCompleted([task, () => sleep(5), task], { concurrency: 1 })) break;
    expect(started).toBe(1);
  });

  test("throws the loop's own error, not a task's", async () => {
    const found = await complaints(async () => {
      const own = new Error("own");
      const loop = async (): Promise<void> => {
        for await (const _ of asCompleted([() => 1, failAnyway(1, error)])) throw own;
      };
      expect(await rejection(loop())).toBe(own);
    });
    expect(found).toStrictEqual([]);
  });

  test("forgets a failure that it was not given yet", async () => {
    const results = asCompleted([() => 1, () => Promise.reject(error)]);
    await results.next();
    await flush();
    expect(await results.return?.()).toStrictEqual({ done: true, value: undefined });
    expect(await results.next()).toStrictEqual({ done: true, value: undefined });
  });

  test("before it began, never starts anything", async () => {
    let started = 0;
    const controller = new AbortController();
    const results = asCompleted([() => ++started], controller);
    expect(await results.return?.()).toStrictEqual({ done: true, value: undefined });
    controller.abort();
    expect(await read(results)).toStrictEqual({ given: [] });
    expect(started).toBe(0);
  });

  test("while a result is awaited, ends that wait too", async () => {
    using clock = virtualTime();
    const results = asCompleted([nap(1_000)]);
    const steps = await clock.run(() => Promise.all([results.next(), results.return?.()]));
    expect(steps).toStrictEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(clock.now).toBe(0);
    expect(clock.pending).toStrictEqual([]);
  });

  test("leaves no listener", async () => {
    const { signal } = new AbortController();
    for await (const _ of asCompleted([() => 1, () => 2], { signal })) {
      expect(listeners(signal)).toBe(1);
      break;
    }
    expect(listeners(signal)).toBe(0);
  });
});

describe("asCompleted() when aborted from outside", () => {
  type Read = (tasks: Task<unknown>[], options: AbortOptions) => AsyncIterable<unknown>;
  const plain: Read = (tasks, options) => asCompleted(tasks, options);
  const settled: Read = (tasks, options) => asCompleted(tasks, { settled: true, ...options });

  test.each([plain, settled])(
    "throws the reason itself in the waiting loop, telling and following all tasks %#",
    async (start) => {
      using clock = virtualTime();
      const controller = new AbortController();
      const { signal } = controller;
      const signals: AbortSignal[] = [];
      const deaf: Task<void> = ({ signal: own }) => {
        signals.push(own);
        return sleep(50);
      };
      const tasks = [nap(5, signals), nap(1_000, signals), deaf];
      const outcome = observe(read(start(tasks, { signal })));
      await clock.advance(10);
      const reason = new Error("leave");
      controller.abort(reason);
      expect(signals.map((own) => own.reason)).toStrictEqual([undefined, reason, reason]);
      expect(listeners(signal)).toBe(0);
      await clock.advance(100);
      expect(outcome).toMatchObject({ status: "fulfilled", at: 50 });
      expect(outcome.value?.thrown).toBe(reason);
      expect(outcome.value?.given).toHaveLength(1);
    },
  );

  test("tells at once while the loop is busy, drops what was not given, and throws at the next result", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const signals: AbortSignal[] = [];
    const results = asCompleted([nap(5, signals), nap(6, signals)], { signal: controller.signal });
    const first = results.next();
    await clock.advance(10);
    expect(await first).toStrictEqual({ done: false, value: value(0, 5) });
    controller.abort("leave");
    expect(signals.map(({ reason }) => reason)).toStrictEqual([undefined, "leave"]);
    expect(await rejection(results.next())).toBe("leave");
    expect(await results.next()).toStrictEqual({ done: true, value: undefined });
  });

  test("keeps a failure that came before the abort", async () => {
    const controller = new AbortController();
    const results = asCompleted([() => 1, () => 2, () => Promise.reject(error), () => sleep(1)], controller);
    await results.next();
    await flush();
    expect(listeners(controller.signal)).toBe(0);
    controller.abort("leave");
    expect(await results.next()).toStrictEqual({ done: false, value: value(1, 2) });
    expect(await rejection(results.next())).toBe(error);
  });

  test("starts nothing when it was aborted before", async () => {
    let started = 0;
    const reason = new Error("before");
    const results = asCompleted([() => ++started], { signal: AbortSignal.abort(reason) });
    expect(await rejection(results.next())).toBe(reason);
    expect(await results.next()).toStrictEqual({ done: true, value: undefined });
    expect(started).toBe(0);
  });

  test("starts no further task when one aborts the caller's signal as it starts", async () => {
    const controller = new AbortController();
    const started: number[] = [];
    let own: AbortSignal | undefined;
    const stop: Task<void> = ({ signal }) => {
      own = signal;
      started.push(0);
      controller.abort("enough");
    };
    const outcome = await read(asCompleted([stop, () => void started.push(1)], controller));
    expect(outcome).toStrictEqual({ given: [], thrown: "enough" });
    expect(started).toStrictEqual([0]);
    expect(own?.reason).toBe("enough");
  });

  test("is not changed by an abort after the end, and holds no listener by then", async () => {
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    const results = asCompleted([({ signal }) => void (own = signal)], controller);
    await read(results);
    expect(listeners(controller.signal)).toBe(0);
    controller.abort();
    expect(own?.aborted).toBe(false);
    expect(await read(results)).toStrictEqual({ given: [] });
  });
});
