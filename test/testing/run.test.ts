import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { StuckError, TimerLimitError, virtualTime } from "../../src/testing/index.ts";

describe("clock.advance()", () => {
  test("fires what is due at or before the target, and nothing after it", async () => {
    using clock = virtualTime();
    const fired: number[] = [];
    for (const ms of [50, 99, 100, 101]) setTimeout(() => fired.push(ms), ms);
    await clock.advance(100);
    expect(fired).toEqual([50, 99, 100]);
    expect(clock.now).toBe(100);
  });

  test("fires what is armed on the way, also at the target itself", async () => {
    using clock = virtualTime();
    const at: number[] = [];
    const work = async (): Promise<void> => {
      for (const ms of [40, 60, 0, 0, 1]) {
        await sleep(ms);
        at.push(clock.now);
      }
    };
    const working = work();
    await clock.advance(100);
    expect(at).toEqual([40, 100, 100, 100]);
    await clock.advance(1);
    await working;
  });

  test("has flushed the microtasks when it resolves", async () => {
    using clock = virtualTime();
    let steps = 0;
    const work = async (): Promise<void> => {
      await sleep(10);
      for (; steps < 50; steps++) await Promise.resolve();
    };
    void work();
    await clock.advance(10);
    expect(steps).toBe(50);
  });

  test("of 0 flushes without moving time", async () => {
    using clock = virtualTime();
    let reached = false;
    void Promise.resolve()
      .then(() => undefined)
      .then(() => (reached = true));
    await clock.advance(0);
    expect(reached).toBe(true);
    expect(clock.now).toBe(0);
  });

  test("goes further than the longest timer", async () => {
    using clock = virtualTime();
    const month = 30 * 24 * 3_600_000;
    await clock.advance(2 * month);
    expect(clock.now).toBe(2 * month);
    expect(clock.pending).toEqual([]);
  });

  test("works inside a body that is run", async () => {
    using clock = virtualTime();
    const seen = await clock.run(async () => {
      let done = false;
      void sleep(100).then(() => (done = true));
      await clock.advance(99);
      const before = [done, clock.now];
      await clock.advance(1);
      return [before, [done, clock.now]];
    });
    expect(seen).toEqual([
      [false, 99],
      [true, 100],
    ]);
  });

  test("rejects with what a timer's callback throws", async () => {
    using clock = virtualTime();
    setTimeout(() => {
      throw new Error("in the callback");
    }, 10);
    await expect(clock.advance(20)).rejects.toThrow("in the callback");
    await clock.advance(20);
    expect(clock.now).toBe(30);
  });

  test.each([-1, 0.5, Number.NaN, Infinity])("refuses %d", async (ms) => {
    using clock = virtualTime();
    await expect(clock.advance(ms)).rejects.toThrow(
      new RangeError(`advance: ms must be an integer >= 0, got ${ms}`),
    );
  });
});

describe("clock.run()", () => {
  test("runs the body to its end and gives its result", async () => {
    using clock = virtualTime();
    const result = await clock.run(async () => {
      await sleep(3_600_000);
      return "an hour later";
    });
    expect(result).toBe("an hour later");
    expect(clock.now).toBe(3_600_000);
  });

  test("moves time no further than the body needs", async () => {
    using clock = virtualTime();
    setTimeout(() => {}, 1000);
    await clock.run(() => sleep(10));
    expect(clock.now).toBe(10);
    expect(clock.pending).toHaveLength(1);
  });

  test("starts the body at once, and takes one that is not async", async () => {
    using clock = virtualTime();
    let started = false;
    const result = clock.run(() => {
      started = true;
      return 5;
    });
    expect(started).toBe(true);
    expect(await result).toBe(5);
  });

  test("rejects with what the body rejects with or throws, falsy or not", async () => {
    using clock = virtualTime();
    const error = new Error("broken");
    await expect(clock.run(() => Promise.reject(error))).rejects.toBe(error);
    await expect(
      clock.run(() => {
        throw error;
      }),
    ).rejects.toBe(error);
    let reason: unknown = "nothing";
    await clock.run(() => Promise.reject(undefined)).catch((thrown: unknown) => (reason = thrown));
    expect(reason).toBeUndefined();
  });

  test("rejects with what a timer's callback throws", async () => {
    using clock = virtualTime();
    const body = async (): Promise<void> => {
      setTimeout(() => {
        throw new Error("in the callback");
      }, 10);
      await sleep(100);
    };
    await expect(clock.run(body)).rejects.toThrow("in the callback");
  });

  test("can be used again, but not twice at once", async () => {
    using clock = virtualTime();
    const first = clock.run(() => sleep(10));
    await expect(clock.run(() => sleep(10))).rejects.toThrow(/another run of this clock is in progress/);
    await first;
    await clock.run(() => sleep(10));
    expect(clock.now).toBe(20);
  });

  test("starts again right after one that failed", async () => {
    using clock = virtualTime();
    await expect(clock.run(() => new Promise(() => {}))).rejects.toThrow(StuckError);
    await clock.run(() => sleep(10));
    expect(clock.now).toBe(10);
  });

  test("fires 10,000 timers in well under a second", async () => {
    const started = process.hrtime.bigint();
    {
      using clock = virtualTime();
      await clock.run(async () => {
        for (let i = 0; i < 10_000; i++) await sleep(10);
      });
    }
    // Measured: about 0.3 s on a slow machine. The bound only tells it from a clock that takes a real millisecond a timer.
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(5000);
  });
});

describe("clock.run() gives up", () => {
  test("on a body that waits for what nobody settles, and says when and where", async () => {
    using clock = virtualTime();
    const error = await failure(() =>
      clock.run(async () => {
        await sleep(30);
        await new Promise(() => {});
      }),
    );
    expect(error).toBeInstanceOf(StuckError);
    expect(error).toMatchObject({ code: "ERR_STUCK", at: 30 });
    expect(error.message).toMatch(
      /^At t=30 virtual ms the code still waits, and no timer is left that could wake it\./,
    );
    expect(topFrame(error)).toContain("run.test.ts");
  });

  test("not on a body that waits for another real turn of the event loop", async () => {
    using clock = virtualTime();
    const answer = await clock.run(
      () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.addEventListener("message", (event) => {
            port1.close();
            resolve(event.data);
          });
          port1.start();
          port2.postMessage("pong");
        }),
    );
    expect(answer).toBe("pong");
  });

  test("on an interval that never ends, and names its line", async () => {
    using clock = virtualTime({ maxTimers: 100 });
    const error = await failure(() => clock.run(() => new Promise(() => setInterval(() => {}, 10))));
    expect(error).toBeInstanceOf(TimerLimitError);
    expect(error).toMatchObject({ code: "ERR_TIMER_LIMIT" });
    expect(error.message).toMatch(
      /^100 timers fired .*The last was a setInterval armed at test\/testing\/run\.test\.ts:\d+\./,
    );
    expect(topFrame(error)).toContain("run.test.ts");
  });

  test("on a loop of immediates that waits for time to pass", async () => {
    using clock = virtualTime({ maxTimers: 100 });
    const loop = async (): Promise<void> => {
      while (performance.now() < 50) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await expect(clock.run(loop)).rejects.toThrow(TimerLimitError);
  });

  test("on 100,000 timers by default", async () => {
    using clock = virtualTime();
    const error = await failure(() => clock.run(() => new Promise(() => setInterval(() => {}, 1))));
    expect(error.message).toMatch(/^100,000 timers fired and the code has not ended \(t=100001 virtual ms\)/);
  });
});

async function failure(call: () => Promise<unknown>): Promise<Error> {
  try {
    await call();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("the call should have failed with an error");
}

function topFrame(error: Error): string | undefined {
  return error.stack?.split("\n").find((line) => line.startsWith("    at "));
}
