import { setTimeout as sleep } from "node:timers/promises";
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FactError, RealIOError, scenario, StuckError } from "../../src/testing/index.ts";

const warn = vi.spyOn(console, "warn");
beforeEach(() => {
  warn.mockReset().mockImplementation(() => {});
});
afterEach(() => {
  expect(Date.now(), "the clock was not restored").toBeGreaterThan(Date.UTC(2025, 6, 1));
});

describe("scenario()", () => {
  test(
    "makes a test that runs in virtual time",
    scenario(async ({ clock, service, advance, observe, expectTimeline, timeline }) => {
      const users = service("users", 100);
      const call = observe(users());
      await advance(99);
      expect(call.status).toBe("pending");
      await sleep(1);
      expect(call).toMatchObject({ status: "fulfilled", at: 100 });
      expectTimeline({ users: [0, 100] });
      expect(timeline.spans).toHaveLength(1);
      expect(clock.now).toBe(100);
    }),
  );

  test("restores the clock, whether the body succeeds or fails", async () => {
    const before = globalThis.setTimeout;
    await scenario(() => {
      expect(globalThis.setTimeout).not.toBe(before);
    })();
    expect(globalThis.setTimeout).toBe(before);
    await failureOf(() => {
      throw new Error("broken");
    });
    expect(globalThis.setTimeout).toBe(before);
  });

  test("can be run again", async () => {
    const run = scenario(async ({ service, expectTimeline }) => {
      await service("users", 100)();
      expectTimeline({ users: [0, 100] });
    });
    await run();
    await run();
  });
});

describe("a failing scenario", () => {
  test("shows facts, both drawings and the rule where the timeline is wrong", async () => {
    const error = await failureOf(async ({ service, expectTimeline }) => {
      const [users, orders, stock] = [service("users", 100), service("orders", 100), service("stock", 100)];
      await users();
      await orders();
      await stock();
      expectTimeline(
        { users: [0, 100], orders: [0, 100], stock: [0, 100] },
        "The three calls need nothing of each other.",
      );
    });
    expect(error.message).toBe(
      [
        "orders started at 100 ms, expected 0 ms",
        "stock started at 200 ms, expected 0 ms",
        "",
        "you       users   ██████████",
        "          orders            ██████████",
        "          stock                       ██████████   t=300 virtual ms",
        "expected  users   ██████████",
        "          orders  ██████████",
        "          stock   ██████████                       t=100 virtual ms",
        "The three calls need nothing of each other.",
      ].join("\n"),
    );
    expect(topFrame(error)).toContain("scenario.test.ts");
  });

  test("draws what was recorded, whatever the failure", async () => {
    const error = await failureOf(async ({ service }) => {
      await service("users", 100)();
      throw new TypeError("users is not iterable");
    });
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(
      "users is not iterable\n\nyou  users  ████████████████████   t=100 virtual ms",
    );
    expect(error.stack).toContain(error.message);
    expect(topFrame(error)).toContain("scenario.test.ts");
  });

  test("draws nothing where nothing was recorded", async () => {
    const error = await failureOf(() => {
      throw new Error("broken");
    });
    expect(error.message).toBe("broken");
  });

  test("keeps what Vitest needs to show a difference", async () => {
    const error = await failureOf(async ({ service }) => {
      expect(await service("users", 100)()).toBe("orders");
    });
    expect(error).toMatchObject({ actual: "users", expected: "orders" });
    expect(error.message).toContain("you  users  ████");
  });

  test("does not pile drawings up in an error that scenarios share", async () => {
    const shared = new Error("shared");
    for (const name of ["first", "second"]) {
      await failureOf(async ({ service }) => {
        await service(name, 100)();
        throw shared;
      });
    }
    expect(shared.message).toBe("shared\n\nyou  second  ████████████████████   t=100 virtual ms");
  });

  test("takes what is no error, or cannot be changed, as a cause", async () => {
    expect(await failureOf(() => Promise.reject(undefined))).toMatchObject({
      message: "The code threw undefined",
    });
    const frozen = Object.freeze(new Error("frozen"));
    const error = await failureOf(async ({ service }) => {
      await service("users", 100)();
      throw frozen;
    });
    expect(error).toBeInstanceOf(FactError);
    expect(error.cause).toBe(frozen);
    expect(error.message).toMatch(/^The code threw Error: frozen\n\nyou {2}users/);
  });

  test("that is stuck says when, what still ran, and points at the scenario", async () => {
    const error = await failureOf(async ({ service, timeline }) => {
      await service("users", 100)();
      timeline.span("waiting for a permit");
      await new Promise(() => {});
    });
    expect(error).toBeInstanceOf(StuckError);
    expect(error.message).toMatch(/^At t=100 virtual ms the code still waits/);
    expect(error.message).toContain("you  users");
    expect(error.message).toContain("░ still running");
    expect(topFrame(error)).toContain("scenario.test.ts");
    expect(error.stack).not.toContain("src/testing");
  });

  test("that starts real I/O says so", async () => {
    const error = await failureOf(() => readFile(new URL(import.meta.url)));
    expect(error).toBeInstanceOf(RealIOError);
    expect(topFrame(error)).toContain("scenario.test.ts");
  });

  test("does not complain about timers as well", async () => {
    const run = scenario(
      () => {
        setTimeout(() => {}, 500);
        throw new Error("broken");
      },
      { leaks: "fail" },
    );
    await expect(run()).rejects.toThrow(/^broken$/);
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("timers left behind", () => {
  const leak = async (): Promise<void> => {
    setTimeout(() => {}, 500);
    setInterval(() => {}, 100);
    await sleep(10);
  };

  test("are printed as a note", async () => {
    await scenario(leak)();
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(
        /^Note: 2 timers were left behind: setInterval due at t=100, armed at test\/testing\/scenario\.test\.ts:\d+; setTimeout due at t=500, armed at .*:\d+\.$/,
      ),
    );
  });

  test('fail the scenario with leaks: "fail"', async () => {
    const error = await failureOf(leak, { leaks: "fail" });
    expect(error).toBeInstanceOf(FactError);
    expect(error.message).toMatch(/^2 timers were left behind: /);
    expect(topFrame(error)).toContain("scenario.test.ts");
    expect(warn).not.toHaveBeenCalled();
  });

  test("are neither services that run on nor AbortSignal.timeout, which nobody can clear", async () => {
    await scenario(
      async ({ service }) => {
        void service("slow", 500)();
        AbortSignal.timeout(500);
        await sleep(10);
      },
      { leaks: "fail" },
    )();
    expect(warn).not.toHaveBeenCalled();
  });

  test("are not those that the last microtasks clear", async () => {
    await scenario(() => {
      const timer = setTimeout(() => {}, 500);
      void Promise.resolve()
        .then(() => undefined)
        .then(() => clearTimeout(timer));
    })();
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("rejections that nobody handles", () => {
  const float = async (): Promise<void> => {
    void Promise.reject(new Error("forgotten"));
    await sleep(10);
  };
  const ofTheProcess = vi.fn<() => void>();

  beforeEach(() => {
    ofTheProcess.mockReset();
    process.on("unhandledRejection", ofTheProcess);
  });
  afterEach(() => {
    process.off("unhandledRejection", ofTheProcess);
    expect(ofTheProcess, "a rejection got out of its scenario").not.toHaveBeenCalled();
  });

  test("are printed as a note", async () => {
    await scenario(float)();
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(
        /^Note: A promise rejected and nobody handled it: Error: forgotten \(made at test\/testing\/scenario\.test\.ts:\d+\)\./,
      ),
    );
  });

  test('fail the scenario with floating: "fail"', async () => {
    const error = await failureOf(float, { floating: "fail" });
    expect(error).toBeInstanceOf(FactError);
    expect(error.message).toMatch(/^A promise rejected and nobody handled it: Error: forgotten/);
  });

  test("are found in the body's last moment, too", async () => {
    const error = await failureOf(
      () => {
        void Promise.reject(new Error("at the end"));
      },
      { floating: "fail" },
    );
    expect(error.message).toContain("at the end");
  });

  test("are counted, and the first three are named", async () => {
    const error = await failureOf(
      () => {
        for (const name of ["a", "b", "c", "d", "e"]) void Promise.reject(name);
      },
      { floating: "fail" },
    );
    expect(error.message).toMatch(/^5 promises rejected and nobody handled them: a; b; c; and 2 more\./);
  });

  test("count where they are handled in a later turn, when Node would have ended the process", async () => {
    const error = await failureOf(
      async () => {
        const failing = Promise.reject(new Error("handled late"));
        await sleep(100);
        await failing.catch(() => {});
      },
      { floating: "fail" },
    );
    expect(error.message).toContain("nobody handled it: Error: handled late");
  });

  test("do not hide a failure of the body", async () => {
    const error = await failureOf(async () => {
      await float();
      throw new Error("the real failure");
    });
    expect(error.message).toBe("the real failure");
  });

  test("reach the process's own listeners again afterwards", async () => {
    const before = process.listeners("unhandledRejection");
    await scenario(float)();
    expect(process.listeners("unhandledRejection")).toEqual(before);
    expect(process.listenerCount("rejectionHandled")).toBe(0);
  });
});

async function failureOf(...args: Parameters<typeof scenario>): Promise<Error> {
  try {
    await scenario(...args)();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("the scenario should have failed");
}

function topFrame(error: Error): string | undefined {
  return error.stack?.split("\n").find((line) => line.startsWith("    at "));
}
