import { expect, test, vi } from "vitest";
import { notify } from "../../../src/patterns/core/notify.ts";

test("notify() calls back at once, with the event", () => {
  const callback = vi.fn<(event: string) => void>();
  notify(callback, "event");
  expect(callback.mock.calls).toStrictEqual([["event"]]);
});

test("notify() does nothing where nobody wants to be called", () => {
  expect(notify(undefined, "event")).toBeUndefined();
});

test("notify() is not broken by a callback that throws, or whose promise rejects", async () => {
  const unhandled = vi.fn<(reason: unknown) => void>();
  process.on("unhandledRejection", unhandled);
  const thrower = vi.fn<() => never>(() => {
    throw new Error("thrown");
  });
  const rejecter = vi.fn<() => Promise<never>>(() => Promise.reject(new Error("rejected")));
  notify(thrower, "event");
  notify(rejecter, "event");
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  expect([thrower.mock.calls.length, rejecter.mock.calls.length]).toEqual([1, 1]);
  expect(unhandled).not.toHaveBeenCalled();
});
