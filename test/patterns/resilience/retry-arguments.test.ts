import { describe, expect, test, vi } from "vitest";
import { backoff, retry } from "yieldpoint";
import { rejection } from "../../support/waiting.ts";
import { failing } from "./failing.ts";

describe("retry: bad arguments", () => {
  const bad = (value: unknown) => value as never;

  test.each([
    [Number.NaN, "NaN", RangeError],
    [-1, "-1", RangeError],
    ["10", '"10"', TypeError],
    [undefined, "undefined", TypeError],
  ])("a backoff that gives %o ends the repetition", async (value, got, type) => {
    const { task, at, errors } = failing(Infinity);
    const error = await rejection(retry(task, { backoff: () => bad(value) }));
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toBe(`retry: what backoff gives must be a number >= 0, got ${got}`);
    expect((error as Error).cause).toBe(errors[0]);
    expect(at).toHaveLength(1);
  });

  test.each([
    ["exponential", backoff.exponential],
    ["linear", backoff.linear],
    ["constant", backoff.constant],
  ])("a backoff.%s that is not called is refused at the first failure", async (_name, uncalled) => {
    const { task, at, errors } = failing(Infinity);
    const error = await rejection(retry(task, { backoff: bad(uncalled) }));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe("retry: what backoff gives must be a number >= 0, got Function");
    expect((error as Error).cause).toBe(errors[0]);
    expect(at).toHaveLength(1);
  });

  test("a result leaves a bad backoff's error without a cause", async () => {
    const options = { backoff: () => -1, whenResult: () => true };
    const error = await rejection(retry(() => 1, options));
    expect(error).toEqual(new RangeError("retry: what backoff gives must be a number >= 0, got -1"));
    expect((error as Error).cause).toBeUndefined();
  });

  test.each([
    [{ attempts: 0 }, RangeError, "retry: attempts must be an integer >= 1 or Infinity, got 0"],
    [{ attempts: 2.5 }, RangeError, "retry: attempts must be an integer >= 1 or Infinity, got 2.5"],
    [{ attempts: bad("3") }, TypeError, 'retry: attempts must be an integer >= 1 or Infinity, got "3"'],
    [{ maxElapsed: -1 }, RangeError, "retry: maxElapsed must be a number >= 0, got -1"],
    [{ maxElapsed: Number.NaN }, RangeError, "retry: maxElapsed must be a number >= 0, got NaN"],
    [{ backoff: -1 }, RangeError, "retry: backoff must be a number >= 0, got -1"],
    [{ backoff: bad("1s") }, TypeError, 'retry: backoff must be a number >= 0, got "1s"'],
    [{ when: bad(true) }, TypeError, "retry: when must be a function, got true"],
    [{ whenResult: bad(1) }, TypeError, "retry: whenResult must be a function, got 1"],
    [{ retryAfter: bad("5") }, TypeError, 'retry: retryAfter must be a function, got "5"'],
    [{ onRetry: bad({}) }, TypeError, "retry: onRetry must be a function, got Object"],
  ])("%o is refused before the task is called", async (options, type, message) => {
    const task = vi.fn();
    const error = await rejection(retry(task, options));
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toBe(message);
    expect(task).not.toHaveBeenCalled();
  });

  test("a promise in place of the task is refused", async () => {
    const error = await rejection(retry(bad(Promise.resolve(1))));
    expect(error).toEqual(new TypeError("retry: task must be a function, got Promise"));
  });
});
