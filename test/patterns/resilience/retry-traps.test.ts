import { describe, expect, test, vi } from "vitest";
import { backoff, retry, sleep } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { flush, listeners, rejection } from "../../support/waiting.ts";
import { failing } from "./failing.ts";

const reason = new Error("gave up");

// What other libraries do, or did, and their users stumbled over.
describe("retry() does not", () => {
  test("sleep on after an abort, to call once more with an aborted signal (cockatiel 4, es-toolkit, std#1129)", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { task, at } = failing(Infinity);
    const result = observe(retry(task, { backoff: 1_000, signal: controller.signal }));
    await clock.advance(50);
    controller.abort(reason);
    await clock.advance(5_000);
    expect(result).toMatchObject({ status: "rejected", reason, at: 50 });
    expect(at).toEqual([0]);
  });

  test("repeat when the attempt itself failed for the abort (p-retry#97)", async () => {
    using clock = virtualTime();
    const signal = AbortSignal.timeout(1_000);
    const task = vi.fn(() => sleep(Infinity, { signal }));
    const result = observe(retry(task, { backoff: 10_000, signal }));
    await clock.advance(60_000);
    expect(result).toMatchObject({ status: "rejected", reason: signal.reason, at: 1_000 });
    expect(task).toHaveBeenCalledTimes(1);
  });

  test("take a TypeError for a bug that is not to be repeated (p-retry#37, #43, #51)", async () => {
    const error = new TypeError("other side closed");
    const task = vi.fn(() => Promise.reject(error));
    expect(await rejection(retry(task, { attempts: 3, backoff: 0 }))).toBe(error);
    expect(task).toHaveBeenCalledTimes(3);
  });

  test("wrap what is no Error, nor the last error (p-retry, std RetryError)", async () => {
    const thrown = { status: 503 };
    const fail = () => Promise.reject(thrown);
    expect(await rejection(retry(fail, { attempts: 2, backoff: 0 }))).toBe(thrown);
  });

  test("repeat without the wait, however a failure is judged (p-retry shouldConsumeRetry)", async () => {
    using clock = virtualTime();
    const { task, at } = failing(Infinity);
    const options = { attempts: Infinity, backoff: 10, maxElapsed: 50, when: () => true };
    await clock.run(() => rejection(retry(task, options)));
    expect(at).toEqual([0, 10, 20, 30, 40, 50]);
  });

  test("ignore the factor of a backoff without jitter (cockatiel noJitterGenerator)", async () => {
    using clock = virtualTime();
    const { task, at } = failing(3);
    await clock.run(() => retry(task, { backoff: backoff.exponential({ factor: 3, jitter: "none" }) }));
    expect(at).toEqual([0, 100, 400, 1_300]);
  });

  test("keep the process alive with its timer once it was aborted (node-retry#26)", async () => {
    const arm = vi.spyOn(globalThis, "setTimeout");
    const clear = vi.spyOn(globalThis, "clearTimeout");
    const controller = new AbortController();
    const result = rejection(retry(failing(9).task, { backoff: 61_234, signal: controller.signal }));
    await flush();
    const handle = arm.mock.results[arm.mock.calls.findIndex(([, ms]) => ms === 61_234)]?.value;
    // Until then it does: whoever awaits it is owed an answer.
    expect(handle?.hasRef()).toBe(true);
    controller.abort(reason);
    expect(await result).toBe(reason);
    expect(clear.mock.calls.some(([cleared]) => cleared === handle)).toBe(true);
    vi.restoreAllMocks();
  });

  test("leave a listener on a long-lived signal at each call (p-retry#71, cockatiel#69)", async () => {
    using clock = virtualTime();
    const { signal } = new AbortController();
    const all = Array.from({ length: 100 }, () => retry(failing(2).task, { backoff: 10, signal }));
    await clock.advance(5);
    expect(listeners(signal)).toBe(1);
    await clock.run(() => Promise.all(all));
    expect(listeners(signal)).toBe(0);
  });

  test("call at all under a signal that has aborted (smithy-typescript#2268)", async () => {
    const task = vi.fn();
    expect(await rejection(retry(task, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(task).not.toHaveBeenCalled();
  });
});
