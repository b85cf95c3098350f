import { describe, expect, test, vi } from "vitest";
import { retry, StopRetry } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { rejection } from "../../support/waiting.ts";
import { failing } from "./failing.ts";

describe("retry() and StopRetry", () => {
  test("ends at once with the cause itself", async () => {
    using clock = virtualTime();
    const cause = new Error("wrong password");
    let calls = 0;
    const task = () => {
      calls++;
      throw new StopRetry(cause);
    };
    expect(await rejection(retry(task))).toBe(cause);
    expect(calls).toBe(1);
    expect(clock.pending).toEqual([]);
  });

  test.each([undefined, null, 0, "text"])("ends with the cause %o", async (cause) => {
    const task = () => Promise.reject(new StopRetry(cause));
    expect(await rejection(retry(task))).toBe(cause);
  });

  test("asks neither when, retryAfter nor backoff, and tells onRetry nothing", async () => {
    const asked = vi.fn(() => 0);
    const options = { when: () => asked() === 0, retryAfter: asked, backoff: asked, onRetry: asked };
    const task = () => {
      throw new StopRetry("over");
    };
    expect(await rejection(retry(task, options))).toBe("over");
    expect(asked).not.toHaveBeenCalled();
  });

  test("ends a later attempt, too", async () => {
    let calls = 0;
    const task = () => {
      throw ++calls < 3 ? new Error("again") : new StopRetry("over");
    };
    expect(await rejection(retry(task, { backoff: 0 }))).toBe("over");
    expect(calls).toBe(3);
  });

  test("ends the innermost retry only", async () => {
    let calls = 0;
    const inner = () =>
      retry(() => {
        calls++;
        throw new StopRetry(new Error("inner over"));
      });
    await expect(retry(inner, { attempts: 3, backoff: 0 })).rejects.toThrow("inner over");
    expect(calls).toBe(3);
  });

  test("is an error that says what it is", () => {
    const error = new StopRetry("cause");
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "StopRetry", cause: "cause" });
    expect(String(error)).toContain("the task asked not to be repeated");
    expect("cause" in new StopRetry(undefined)).toBe(true);
  });
});

describe("retry({ when })", () => {
  test.each([
    ["sync", () => false],
    ["async", () => Promise.resolve(false)],
  ])("that is %s and refuses ends with the error, without a sleep", async (_name, when) => {
    using clock = virtualTime();
    const { task, errors, at } = failing(Infinity);
    expect(await rejection(retry(task, { when }))).toBe(errors[0]);
    expect(at).toEqual([0]);
    expect(clock.pending).toEqual([]);
  });

  test("is asked about each failure but the last one allowed, with its attempt", async () => {
    const asked: [unknown, number][] = [];
    const { task, errors } = failing(Infinity);
    const when = async (error: unknown, attempt: number): Promise<boolean> => {
      asked.push([error, attempt]);
      return true;
    };
    await rejection(retry(task, { attempts: 3, backoff: 0, when }));
    expect(asked).toEqual([
      [errors[0], 1],
      [errors[1], 2],
    ]);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("in when");
      },
    ],
    ["rejects", () => Promise.reject(new Error("in when"))],
  ])("that %s ends the repetition with its own error", async (_name, when) => {
    const { task, at } = failing(Infinity);
    await expect(retry(task, { when })).rejects.toThrow("in when");
    expect(at).toHaveLength(1);
  });
});
