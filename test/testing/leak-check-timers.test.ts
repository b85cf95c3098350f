import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { sleep as yieldpointSleep } from "yieldpoint";
import { interleavings, recordTimeline, scenario, virtualTime } from "../../src/testing/index.ts";
import { leaksOf, undo } from "./leaks.ts";

const here = String.raw`test/testing/leak-check-timers\.test\.ts:\d+`;

describe("a timer", () => {
  test("counts, whoever armed it for the body, and also where it keeps no process alive", async () => {
    const bodies = [
      () => void setInterval(() => {}, 60_000).unref(),
      () => void sleep(60_000, undefined, { ref: false }),
      () => void yieldpointSleep(60_000, { unref: true }),
      () => void setImmediate(setTimeout, () => {}, 300),
    ];
    for (const body of bodies) {
      expect(await leaksOf(body)).toMatch(
        new RegExp(`^1 thing was left behind:\n  a timer, armed at ${here}$`),
      );
    }
  });

  test("counts where it is an immediate that never ceases", async () => {
    let handle: NodeJS.Immediate | undefined;
    const again = (): void => {
      handle = setImmediate(again);
    };
    undo.push(() => clearImmediate(handle));
    expect(await leaksOf(again)).toMatch(
      new RegExp(`^1 thing was left behind:\n  an immediate, armed at ${here}$`),
    );
  });

  test("that fires within the grace, or was cleared, is none", async () => {
    expect(await leaksOf(() => void setTimeout(() => {}, 20))).toBe("nothing");
    expect(await leaksOf(() => void setTimeout(() => {}, 100), { grace: 300 })).toBe("nothing");
    expect(await leaksOf(() => void setTimeout(() => {}, 100).unref(), { grace: 0 })).toMatch(/a timer/);
    expect(await leaksOf(() => clearTimeout(setTimeout(() => {}, 60_000)))).toBe("nothing");
    expect(await leaksOf(() => void setImmediate(() => {}))).toBe("nothing");
  });

  test("that was armed before, or outside, is not the body's", async () => {
    const early = setInterval(() => {}, 60_000);
    const checked = leaksOf(() => sleep(20));
    const outside = setInterval(() => {}, 60_000);
    expect(await checked).toBe("nothing");
    clearInterval(early);
    clearInterval(outside);
  });

  test("of Node's own, or of a service that runs on, is none", async () => {
    const body = (): void => {
      AbortSignal.timeout(60_000);
      const controller = new AbortController();
      undo.push(() => controller.abort());
      void recordTimeline({ now: 0 })
        .service(
          "slow",
          60_000,
        )(controller)
        .catch(() => {});
    };
    expect(await leaksOf(body, { listeners: false })).toBe("nothing");
  });

  test("of the test runner is none", async () => {
    const body = (): void => {
      const never = (): never => {
        throw new Error("not yet");
      };
      vi.waitFor(never, { timeout: 100, interval: 10 }).catch(() => {});
    };
    expect(await leaksOf(body, { grace: 0 })).toBe("nothing");
  });

  test("does not count on request", async () => {
    expect(await leaksOf(() => void setInterval(() => {}, 60_000).unref(), { timers: false })).toBe(
      "nothing",
    );
  });
});

describe("a timer of virtual time", () => {
  const armed = new RegExp(
    `^1 thing was left behind:\n  setTimeout due at t=500 virtual ms, armed at ${here}$`,
  );

  test("counts when its clock is disposed of in the body", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const body = scenario(async () => {
      setTimeout(() => {}, 500);
      await sleep(10);
    });
    expect(await leaksOf(body)).toMatch(armed);
    warn.mockRestore();
  });

  test("counts on a clock that was installed before, unless it was armed before", async () => {
    using clock = virtualTime();
    setTimeout(() => {}, 300);
    const body = async (): Promise<void> => {
      setTimeout(() => {}, 500);
      await clock.advance(10);
    };
    expect(await leaksOf(body)).toMatch(armed);
    expect(await leaksOf(() => clock.advance(10))).toBe("nothing");
  });

  test("is none where it is a service that runs on", async () => {
    const body = scenario(async ({ service }) => {
      void service("slow", 500)();
      AbortSignal.timeout(500);
      await sleep(10);
    });
    expect(await leaksOf(body)).toBe("nothing");
  });

  test("counts in any order of steps", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const body = (): unknown =>
      interleavings(async ({ step }) => {
        const timer = setTimeout(() => {}, 500);
        await Promise.race([step("leave"), step("clear").then(() => clearTimeout(timer))]);
      });
    expect(await leaksOf(body)).toMatch(armed);
    warn.mockRestore();
  });
});
