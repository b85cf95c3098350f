import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test, vi } from "vitest";
import { fallback, fallbackPolicy, retry, sleep, type FallbackAnswer, type Task } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, rejection } from "../../support/waiting.ts";

/** Both ways to say it, which must do the same. */
const ways: [string, typeof fallback][] = [
  ["fallback()", fallback],
  [
    "fallbackPolicy().execute()",
    (task, answer, options) => fallbackPolicy(answer, { when: options?.when }).execute(task, options),
  ],
];

const down = new Error("down");
const fail: Task<string> = () => Promise.reject(down);

describe.each(ways)("%s", (_name, run) => {
  test("gives the task's value, and asks nobody else", async () => {
    const [answer, when] = [vi.fn(), vi.fn(() => true)];
    expect(await run(() => "fresh", answer, { when })).toBe("fresh");
    expect(await run(async () => undefined, answer, { when })).toBeUndefined();
    expect(await run(() => thenable<string>((done) => done("thenable")), answer)).toBe("thenable");
    expect(answer).not.toHaveBeenCalled();
    expect(when).not.toHaveBeenCalled();
  });

  test("answers a failure: with a plain value, a promise's, a thenable's", async () => {
    expect(await run(fail, () => "plain")).toBe("plain");
    expect(await run(fail, async () => "promise")).toBe("promise");
    expect(await run(fail, () => thenable<string>((done) => done("thenable")))).toBe("thenable");
    expect(await run(fail, () => undefined)).toBeUndefined();
  });

  test.each([["a sync throw"], ["a rejection"]])("answers %s, of any value, falsy too", async (how) => {
    for (const thrown of [down, "text", undefined, null, 0, false]) {
      const task = (): Promise<never> => {
        if (how === "a sync throw") throw thrown;
        return Promise.reject(thrown);
      };
      const answer = vi.fn((error: unknown) => [error]);
      expect(await run(task, answer)).toEqual([thrown]);
      expect(answer).toHaveBeenCalledTimes(1);
    }
  });

  test("waits for an answer that takes its time", async () => {
    using clock = virtualTime();
    const slow = (): Promise<string> => sleep(300).then(() => "late");
    expect(await clock.run(() => run(fail, slow))).toBe("late");
    expect(clock.now).toBe(300);
    expect(clock.pending).toEqual([]);
  });

  test("rejects with the answer's own failure, as it is", async () => {
    const frozen = Object.freeze(new Error("no answer, and frozen"));
    for (const thrown of [new Error("no answer"), frozen, undefined, "text"]) {
      const throwing = (): never => {
        throw thrown;
      };
      expect(await rejection(run(fail, throwing))).toBe(thrown);
      expect(await rejection(run(fail, () => Promise.reject(thrown)))).toBe(thrown);
      if (thrown instanceof Error) expect("cause" in thrown).toBe(false);
    }
  });

  test("rejects with the same error where the answer throws it on", async () => {
    const on: FallbackAnswer<never> = (error) => Promise.reject(error);
    expect(await rejection(run(fail, on))).toBe(down);
  });

  test("answers only what `when` says yes to, and asks it with the failure", async () => {
    const when = vi.fn((error: unknown) => error === down);
    expect(await run(fail, () => "answered", { when })).toBe("answered");
    expect(when.mock.calls).toEqual([[down]]);
    const answer = vi.fn();
    const other = new Error("other");
    expect(await rejection(run(() => Promise.reject(other), answer, { when }))).toBe(other);
    expect(await rejection(run(() => Promise.reject(undefined), answer, { when }))).toBeUndefined();
    expect(answer).not.toHaveBeenCalled();
  });

  test("waits for a `when` that is async: a promise of false is no yes", async () => {
    const answer = vi.fn(() => "answered");
    expect(await rejection(run(fail, answer, { when: async () => false }))).toBe(down);
    expect(answer).not.toHaveBeenCalled();
    expect(await run(fail, answer, { when: async () => true })).toBe("answered");
  });

  test("rejects with what `when` throws, and does not answer", async () => {
    const answer = vi.fn();
    const broken = new Error("in when");
    const throwing = (): never => {
      throw broken;
    };
    expect(await rejection(run(fail, answer, { when: throwing }))).toBe(broken);
    expect(await rejection(run(fail, answer, { when: () => Promise.reject(broken) }))).toBe(broken);
    expect(answer).not.toHaveBeenCalled();
  });

  test("takes undefined for `when` and `signal`", async () => {
    expect(await run(fail, () => "answered", { when: undefined, signal: undefined })).toBe("answered");
  });

  test("hands task and answer one context: attempt 1, and a signal that nobody aborts", async () => {
    const contexts: unknown[] = [];
    const task: Task<never> = (context) => {
      contexts.push(context);
      throw down;
    };
    const answer: FallbackAnswer<[number, boolean]> = (_error, context) => {
      contexts.push(context);
      return [context.attempt, context.signal.aborted];
    };
    expect(await run(task, answer)).toEqual([1, false]);
    expect(contexts[0]).toBe(contexts[1]);
  });

  test("starts the task at once, and the answer not before its turn", async () => {
    const order: string[] = [];
    const task: Task<void> = () => {
      order.push("task");
      throw down;
    };
    const running = run(task, () => void order.push("answer"));
    order.push("caller");
    await running;
    expect(order).toEqual(["task", "caller", "answer"]);
  });

  test("runs task, `when` and answer in the caller's AsyncLocalStorage context", async () => {
    const user = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const note = (): true => {
      seen.push(user.getStore());
      return true;
    };
    const task = async (): Promise<never> => {
      note();
      await Promise.resolve();
      throw down;
    };
    await Promise.all(["Ada", "Bob"].map((name) => user.run(name, () => run(task, note, { when: note }))));
    expect(seen).toHaveLength(6);
    expect(seen.filter((name) => name === "Ada")).toHaveLength(3);
    expect(seen.filter((name) => name === "Bob")).toHaveLength(3);
  });

  test("leaves no unhandled rejection", async () => {
    const found = await complaints(async () => {
      await run(fail, () => "answered");
      await rejection(run(fail, () => Promise.reject(new Error("no answer"))));
      await rejection(run(fail, () => "answered", { when: () => false }));
    });
    expect(found).toEqual([]);
  });

  test.each<[unknown[], string]>([
    [[Promise.resolve(1), () => 1], "fallback: task must be a function, got Promise"],
    [[undefined, () => 1], "fallback: task must be a function, got undefined"],
  ])("refuses %o, calling nothing", async (args, message) => {
    const refused = rejection(untyped(run, ...args));
    expect(await refused).toEqual(new TypeError(message));
  });
});

describe("fallback()", () => {
  test.each<[unknown[], string]>([
    [[() => 1, "cached"], 'fallback: answer must be a function, got "cached"'],
    [[() => 1], "fallback: answer must be a function, got undefined"],
    [[() => 1, () => 2, { when: true }], "fallback: when must be a function, got true"],
    [[() => 1, () => 2, { when: null }], "fallback: when must be a function, got null"],
    [[() => 1, () => 2, { signal: {} }], "signal must be an AbortSignal, got Object"],
  ])("rejects for %o", async (args, message) => {
    expect(await rejection(untyped(fallback, ...args))).toEqual(new TypeError(message));
  });
});

describe("fallbackPolicy()", () => {
  test.each<[unknown[], string]>([
    [["cached"], 'fallback: answer must be a function, got "cached"'],
    [[() => 2, { when: true }], "fallback: when must be a function, got true"],
  ])("throws for %o", (args, message) => {
    expect(() => Reflect.apply(fallbackPolicy, undefined, args)).toThrow(new TypeError(message));
  });

  test("looks at its options once", async () => {
    let asked = 0;
    const options = {
      get when() {
        asked++;
        return () => true;
      },
    };
    const policy = fallbackPolicy(() => "answered", options);
    for (let n = 0; n < 3; n++) expect(await policy.execute(fail)).toBe("answered");
    expect(asked).toBe(1);
  });

  test("serves many calls at once, each with its own failure", async () => {
    using clock = virtualTime();
    const policy = fallbackPolicy((error) => `after ${String(error)}`);
    const all = [30, 10, 20].map((ms) =>
      observe(policy.execute(() => sleep(ms).then(() => Promise.reject(ms)))),
    );
    await clock.advance(30);
    expect(all.map(({ value, at }) => [value, at])).toEqual([
      ["after 30", 30],
      ["after 10", 10],
      ["after 20", 20],
    ]);
  });

  test("around a repetition, it answers the last failure only", async () => {
    let calls = 0;
    const policy = fallbackPolicy((error) => (error as Error).message);
    const failing: Task<string> = ({ attempt }) => {
      calls++;
      throw new Error(`attempt ${attempt}`);
    };
    const answer = await policy.execute((context) => retry(failing, { backoff: 0, attempts: 3, ...context }));
    expect([answer, calls]).toEqual(["attempt 3", 3]);
  });
});
