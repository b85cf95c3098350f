import { abortable } from "yieldpoint";
import { expect, test } from "vitest";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, deferred, flush, listeners, rejection, survivors } from "../../support/waiting.ts";

test("abortable() follows the promise, with a signal or without", async () => {
  const { signal } = new AbortController();
  const error = new Error("x");
  expect(await abortable(Promise.resolve("value"))).toBe("value");
  expect(await abortable(Promise.resolve("value"), signal)).toBe("value");
  expect(await abortable(Promise.resolve(undefined), signal)).toBe(undefined);
  expect(await rejection(abortable(Promise.reject(error)))).toBe(error);
  expect(await rejection(abortable(Promise.reject(error), signal))).toBe(error);
  expect(await rejection(abortable(Promise.reject(undefined), signal))).toBe(undefined);
  expect(listeners(signal)).toBe(0);
});

test("abortable() follows any thenable", async () => {
  const { signal } = new AbortController();
  expect(
    await abortable(
      thenable<string>((done) => done("then")),
      signal,
    ),
  ).toBe("then");
  const error = new Error("x");
  const failing = thenable<never>((_, reject) => reject(error));
  expect(await rejection(abortable(failing, signal))).toBe(error);
  const throwing = thenable<never>(() => {
    throw error;
  });
  expect(await rejection(abortable(throwing, signal))).toBe(error);
});

test("abortable() gives up at the abort, and what the promise stands for goes on", async () => {
  const { promise, resolve } = deferred<string>();
  const controller = new AbortController();
  const reason = new Error("leave");
  const [leaving, staying] = [abortable(promise, controller.signal), abortable(promise)];
  controller.abort(reason);
  expect(await rejection(leaving)).toBe(reason);
  resolve("for the others");
  expect(await staying).toBe("for the others");
  expect(await rejection(leaving)).toBe(reason);
});

test("abortable() prefers the abort to a promise that had settled but was not seen to", async () => {
  const controller = new AbortController();
  const waiting = abortable(Promise.resolve("value"), controller.signal);
  controller.abort("first");
  expect(await rejection(waiting)).toBe("first");
});

test("abortable() leaves no unhandled rejection of a promise that fails after the abort, or before it", async () => {
  const found = await complaints(async () => {
    const controller = new AbortController();
    const { promise, reject } = deferred();
    const during = abortable(promise, controller.signal);
    controller.abort("leave");
    const after = abortable(promise, controller.signal);
    const failed = abortable(Promise.reject(new Error("x")), controller.signal);
    for (const each of [during, after, failed]) expect(await rejection(each)).toBe("leave");
    reject(new Error("too late"));
    await flush();
  });
  expect(found).toStrictEqual([]);
});

test.each([
  [new AbortController(), "AbortController"],
  ["signal", '"signal"'],
  [false, "false"],
])("abortable() refuses %s for a signal, and leaves no unhandled rejection", async (signal, got) => {
  const found = await complaints(async () => {
    const expected = new TypeError(`signal must be an AbortSignal, got ${got}`);
    for (const promise of [Promise.resolve(1), Promise.reject(new Error("x")), deferred().promise]) {
      expect(await rejection(untyped(abortable, promise, signal))).toStrictEqual(expected);
    }
  });
  expect(found).toStrictEqual([]);
});

test("abortable() makes a single reaction of many waits for one promise", async () => {
  let reactions = 0;
  const { promise, resolve } = deferred<number>();
  const platform = promise.then.bind(promise);
  Reflect.set(promise, "then", (...args: Parameters<typeof platform>) => {
    reactions++;
    return platform(...args);
  });
  const controller = new AbortController();
  const waiting = Array.from({ length: 100 }, () => abortable(promise, controller.signal));
  expect(reactions).toBe(1);
  expect(listeners(controller.signal)).toBe(1);
  resolve(5);
  expect(new Set(await Promise.all(waiting))).toStrictEqual(new Set([5]));
  expect(listeners(controller.signal)).toBe(0);
});

test("abortable() leaves nothing on a promise that never settles when the signal has aborted before", async () => {
  const { promise } = deferred();
  const waits = Array.from({ length: 10 }, () => {
    const waiting = abortable(promise, AbortSignal.abort("before"));
    waiting.catch(() => {});
    return new WeakRef(waiting);
  });
  expect(await survivors(waits)).toBe(0);
  expect(promise).toBeInstanceOf(Promise);
});
