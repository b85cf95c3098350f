import { mock } from "node:test";
import { sleep, timeout, TimeoutError, type Task } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { flush, rejection } from "../../support/waiting.ts";
import { knownClock } from "./known-clock.ts";

const never = (): Promise<never> => new Promise(() => {});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("timeout() while clocks change", () => {
  test("stays on the event loop's clock when a fake one is installed in the same turn", async () => {
    await timeout(() => sleep(1), 50);
    const began = performance.now();
    const waiting = observe(timeout(never, 20));
    const shared = rejection(timeout(never, 20));
    {
      using clock = virtualTime();
      await clock.advance(1_000);
      expect(waiting.status).toBe("pending");
    }
    expect(await shared).toBeInstanceOf(TimeoutError);
    expect(performance.now() - began).toBeGreaterThanOrEqual(18);
  });

  test("is not held up by calls that were left on a clock that is gone", async () => {
    {
      using clock = await knownClock();
      void timeout(never, 20);
      await clock.advance(5);
    }
    expect(await rejection(timeout(never, 20))).toBeInstanceOf(TimeoutError);
    using clock = virtualTime();
    expect(await clock.run(() => rejection(timeout(never, 20)))).toBeInstanceOf(TimeoutError);
    expect(clock.now).toBe(20);
  });

  test("is not held up by fake timers that were cleared under it", async () => {
    vi.useFakeTimers();
    void timeout(never, 20);
    await vi.advanceTimersByTimeAsync(5);
    vi.clearAllTimers();
    const waiting = rejection(timeout(never, 20));
    await vi.advanceTimersByTimeAsync(20);
    expect(await waiting).toBeInstanceOf(TimeoutError);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("sees a fake clock that is turned in the same turn, at any call", async () => {
    await timeout(() => sleep(1), 50);
    for (const install of [
      (): { tick: (ms: number) => void; restore: () => void } => {
        vi.useFakeTimers();
        return { tick: (ms) => vi.advanceTimersByTime(ms), restore: () => vi.useRealTimers() };
      },
      (): { tick: (ms: number) => void; restore: () => void } => {
        vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
        return { tick: (ms) => vi.advanceTimersByTime(ms), restore: () => vi.useRealTimers() };
      },
      (): { tick: (ms: number) => void; restore: () => void } => {
        mock.timers.enable({ apis: ["setTimeout"] });
        return { tick: (ms) => mock.timers.tick(ms), restore: () => mock.timers.reset() };
      },
    ]) {
      const { tick, restore } = install();
      try {
        for (let n = 0; n < 3; n++) {
          let own: AbortSignal | undefined;
          const task: Task<never> = ({ signal }) => {
            own = signal;
            return never();
          };
          const waiting = rejection(timeout(never, 100));
          tick(50);
          const later = rejection(timeout(task, 100));
          tick(50);
          expect(await waiting).toBeInstanceOf(TimeoutError);
          expect(own?.aborted).toBe(false);
          tick(50);
          expect(own?.aborted).toBe(true);
          expect(await later).toBe(own?.reason);
        }
      } finally {
        restore();
      }
    }
  });

  test("leaves no timer by the time its caller goes on, on any clock", async () => {
    const active = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
    // The test runner's own timers may end meanwhile.
    const before = active();
    for (let n = 0; n < 3; n++) {
      await timeout(async () => 1, 10_000);
      expect(active()).toBeLessThanOrEqual(before);
      await timeout(() => flush(), 10_000);
      expect(active()).toBeLessThanOrEqual(before);
    }
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await timeout(async () => 1, 10_000);
    expect(vi.getTimerCount()).toBe(0);
    await timeout(() => flush(), 10_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("keeps the process alive until its deadline", async () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const waiting = rejection(timeout(never, 5));
    expect(timers.mock.results.map(({ value }) => value.hasRef())).toStrictEqual([true]);
    expect(await waiting).toBeInstanceOf(TimeoutError);
  });

  test("keeps its deadline in real time", async () => {
    const began = performance.now();
    const errors = await Promise.all([10, 30, 10, 30].map((ms) => rejection(timeout(never, ms))));
    expect(errors.map((error) => (error as TimeoutError).ms)).toStrictEqual([10, 30, 10, 30]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(28);
  });
});
