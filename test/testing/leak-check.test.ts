import { setTimeout as sleep } from "node:timers/promises";
import { runInThisContext } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import { gather, retry, timeout } from "yieldpoint";
import { FactError, leakCheck } from "../../src/testing/index.ts";
import { leaksOf, undo } from "./leaks.ts";

const here = String.raw`test/testing/leak-check\.test\.ts:\d+`;

describe("leakCheck()", () => {
  test("gives what the body gives, where nothing is left", async () => {
    expect(await leakCheck(() => 5)).toBe(5);
    expect(await leakCheck(async () => sleep(1, "done"))).toBe("done");
  });

  test("rejects with what the body rejects with, and then says nothing of leaks", async () => {
    const error = new Error("broken");
    const body = (): never => {
      new AbortController().signal.addEventListener("abort", () => {});
      throw error;
    };
    await expect(leakCheck(body)).rejects.toBe(error);
    await expect(leakCheck(() => Promise.reject(undefined))).rejects.toBe(undefined);
  });

  test("names each thing that was left, and points at its own line", async () => {
    const { signal } = new AbortController();
    const error = await leakCheck(() => {
      const timer = setTimeout(() => {}, 60_000);
      undo.push(() => clearTimeout(timer));
      signal.addEventListener("abort", () => {});
    }).catch((thrown: unknown) => thrown);
    for (const each of undo.splice(0)) each();
    expect(error).toBeInstanceOf(FactError);
    expect(error).toMatchObject({
      message: expect.stringMatching(
        new RegExp(
          `^2 things were left behind:\n  a timer, armed at ${here}\n  an abort listener, added at ${here}$`,
        ),
      ),
      stack: expect.stringMatching(/^FactError: 2 things [^]*?\n {4}at .*leak-check\.test\.ts/),
    });
  });

  test("lists ten things and counts the rest", async () => {
    const { signal } = new AbortController();
    const message = await leaksOf(() => {
      for (let line = 0; line < 12; line++) {
        const where = { filename: "/generated/file.ts", lineOffset: line };
        const add: (target: AbortSignal) => void = runInThisContext(
          `(target) => target.addEventListener("abort", () => {})`,
          where,
        );
        add(signal);
      }
    });
    const lines = message.split("\n");
    expect(lines[0]).toBe("12 things were left behind:");
    expect(lines[1]).toBe("  an abort listener, added at /generated/file.ts:1");
    expect(lines[10]).toBe("  an abort listener, added at /generated/file.ts:10");
    expect(lines[11]).toBe("  and 2 more");
    expect(lines).toHaveLength(12);
  });

  test("tells one line of code once", async () => {
    const message = await leaksOf(() => {
      for (let n = 0; n < 3; n++) {
        void sleep(60_000, undefined, { ref: false });
      }
    });
    expect(message).toMatch(new RegExp(`^1 thing was left behind:\n  a timer, armed at ${here}$`));
  });

  test.each([
    [new RangeError("leakCheck: grace must be a number >= 0, got -1"), { grace: -1 }],
    [new RangeError("leakCheck: grace must be a number >= 0, got NaN"), { grace: NaN }],
    [new RangeError("leakCheck: grace must be a number >= 0, got Infinity"), { grace: Infinity }],
  ])("refuses: %s", async (error, options) => {
    await expect(leakCheck(() => {}, options)).rejects.toThrow(error);
  });

  test("refuses a body that is no function", async () => {
    await expect(Reflect.apply(leakCheck, undefined, [Promise.resolve()])).rejects.toThrow(
      new TypeError("leakCheck: body must be a function, got Promise"),
    );
  });

  test("can be used by several at once, and ends in any order", async () => {
    const { signal } = new AbortController();
    const quick = leaksOf(() => {
      signal.addEventListener("abort", () => {});
    });
    const slow = leakCheck(() => sleep(100));
    expect(await quick).toMatch(/an abort listener/);
    const inBetween = leakCheck(() => sleep(1));
    await Promise.all([slow, inBetween]);
    expect(Object.hasOwn(AbortSignal.prototype, "addEventListener")).toBe(false);
  });

  test("can stand in another one", async () => {
    expect(await leaksOf(() => leakCheck(() => sleep(1)))).toBe("nothing");
  });
});

describe("an abort listener", () => {
  test("counts until it is removed, or its signal aborts", async () => {
    const { signal } = new AbortController();
    const listener = (): void => {};
    expect(await leaksOf(() => signal.addEventListener("abort", listener))).toMatch(
      new RegExp(`^1 thing was left behind:\n  an abort listener, added at ${here}$`),
    );
    expect(await leaksOf(() => signal.removeEventListener("abort", listener))).toBe("nothing");
    const body = (): void => {
      signal.addEventListener("abort", listener, { once: true });
      signal.addEventListener("other", () => {});
      signal.removeEventListener("abort", listener);
      const controller = new AbortController();
      controller.signal.addEventListener("abort", listener);
      controller.abort();
    };
    expect(await leaksOf(body)).toBe("nothing");
  });

  test("still hears of the abort", async () => {
    const controller = new AbortController();
    const heard = vi.fn<(event: Event) => void>();
    await leakCheck(() => {
      controller.signal.addEventListener("abort", heard, { once: true });
      controller.abort();
    });
    expect(heard).toHaveBeenCalledOnce();
  });

  test("that was added where none of the user's code is on the stack is told without a line", async () => {
    const { signal } = new AbortController();
    const add: (target: AbortSignal) => void = runInThisContext(
      `(target) => target.addEventListener("abort", () => {})`,
      { filename: "node:elsewhere" },
    );
    const message = await leaksOf(() => void setImmediate(add, signal));
    expect(message).toBe("1 thing was left behind:\n  an abort listener, added");
  });

  test("of somebody else does not count", async () => {
    const { signal } = new AbortController();
    const checked = leaksOf(() => sleep(20));
    signal.addEventListener("abort", () => {});
    expect(await checked).toBe("nothing");
  });

  test("does not count on request", async () => {
    const { signal } = new AbortController();
    const body = (): void => signal.addEventListener("abort", () => {});
    expect(await leaksOf(body, { listeners: false })).toBe("nothing");
  });
});

test("the patterns leave nothing, whether they are used or given up", async () => {
  const { signal } = new AbortController();
  const body = async (): Promise<void> => {
    await gather([() => 1, () => sleep(1), () => 3], { concurrency: 2, signal });
    await retry(({ attempt }) => (attempt < 3 ? Promise.reject(new Error("busy")) : attempt), {
      backoff: 1,
      signal,
    });
    await timeout(() => new Promise(() => {}), 1, { signal }).catch(() => {});
    await timeout(() => 5, 60_000, { signal });
  };
  expect(await leaksOf(body)).toBe("nothing");
});
