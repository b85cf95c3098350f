import { race, sleep, type TaskContext } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { deferred, rejection } from "../../support/waiting.ts";

const pending = (): Promise<never> => deferred<never>().promise;

test("race() rejects with the first failure where it comes before any value, and stops the others", async () => {
  using clock = virtualTime();
  const error = new Error("fast failure");
  let aborted = false;
  const slow = async ({ signal }: TaskContext): Promise<void> => {
    signal.addEventListener("abort", () => {
      aborted = true;
    });
    await sleep(100, { signal });
  };
  const failing = async (): Promise<never> => {
    await sleep(10);
    throw error;
  };
  expect(await clock.run(() => rejection(race([slow, failing])))).toBe(error);
  expect(clock.now).toBe(10);
  expect(aborted).toBe(true);
  expect(clock.pending).toStrictEqual([]);
});

test("race() takes a sync throw for a failure", async () => {
  const error = new Error("sync");
  const throwing = (): never => {
    throw error;
  };
  expect(await rejection(race([throwing, () => "value"]))).toBe(error);
  expect(await race([() => "value", throwing])).toBe("value");
});

test.each([undefined, null, 0, "", false])("race() rejects with the falsy failure %s", async (error) => {
  expect(await rejection(race([pending, () => Promise.reject(error)]))).toBe(error);
});

test("race() keeps the signal of a task that failed first silent", async () => {
  let own: AbortSignal | undefined;
  const failing = ({ signal }: TaskContext): Promise<never> => {
    own = signal;
    return Promise.reject(new Error("x"));
  };
  await rejection(race([failing, pending]));
  expect(own?.aborted).toBe(false);
});
