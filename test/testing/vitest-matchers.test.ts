import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { observe, recordTimeline, scenario, virtualTime, type Timeline } from "../../src/testing/index.ts";
import { matchers } from "../../src/testing/vitest/index.ts";

expect.extend(matchers);

const timeline: Timeline = {
  spans: [
    { name: "users", start: 0, end: 100, outcome: "ok" },
    { name: "orders", start: 100, end: 200, outcome: "ok" },
  ],
  end: 200,
};

async function messageOf(check: () => unknown): Promise<string> {
  try {
    await check();
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
  return "passed";
}

describe("expect(timeline).toMatchTimeline()", () => {
  test("passes where the timeline is the expected one", () => {
    expect(timeline).toMatchTimeline({ users: [0, 100], orders: [100, 200] });
    expect(timeline).not.toMatchTimeline({ users: [0, 100] });
  });

  test("fails with the facts, the actual timeline above the expected one, and the rule", async () => {
    const expected = { users: [0, 100], orders: [0, 100] } as const;
    const message = await messageOf(() => expect(timeline).toMatchTimeline(expected, "Both start at once."));
    expect(message).toBe(
      [
        "orders started at 100 ms, expected 0 ms",
        "",
        "you       users   ████████████████████",
        "          orders                      ████████████████████   t=200 virtual ms",
        "expected  users   ████████████████████",
        "          orders  ████████████████████                       t=100 virtual ms",
        "Both start at once.",
      ].join("\n"),
    );
  });

  test("fails where the timeline is not to be that one, and draws it", async () => {
    const message = await messageOf(() =>
      expect(timeline).not.toMatchTimeline({ users: [0, 100], orders: [100, 200] }),
    );
    expect(message).toBe(
      [
        "The timeline is the one that it must not be:",
        "",
        "you  users   ████████████████████",
        "     orders                      ████████████████████   t=200 virtual ms",
      ].join("\n"),
    );
  });

  test("takes a recorder, while it records", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    void recorder.service("users", 100)();
    await clock.advance(50);
    expect(recorder).toMatchTimeline({ users: { start: 0 } });
  });

  test("refuses what is no timeline", async () => {
    expect(await messageOf(() => expect(5).toMatchTimeline({}))).toBe(
      "toMatchTimeline: what expect() is given must be a timeline, got 5",
    );
    expect(await messageOf(() => expect(null).not.toMatchTimeline({}))).toMatch(
      /must be a timeline, got null$/,
    );
  });

  test("fails as expectTimeline does where nothing can be compared", () => {
    const compare = (): unknown => Reflect.apply(matchers.toMatchTimeline, undefined, [timeline, null]);
    expect(compare).toThrow(TypeError);
  });
});

describe("expect(promise).toSettleAt()", () => {
  test(
    "waits for the promise, and passes where it settles at that time, well or not",
    scenario(async ({ clock, service }) => {
      await expect(service("users", 100)()).toSettleAt(100);
      expect(clock.now).toBe(100);
      await expect(service("broken", 50, { error: new Error("down") })()).toSettleAt(150);
      await expect(sleep(10)).not.toSettleAt(150);
      expect(clock.now).toBe(160);
    }),
  );

  test(
    "fails with what happened when",
    scenario(async ({ service }) => {
      const late = await messageOf(() => expect(sleep(150)).toSettleAt(100));
      expect(late).toBe("The promise was fulfilled at t=150 virtual ms, and should have settled at t=100.");
      const failing = service("broken", 50, { error: new Error("down") });
      const early = await messageOf(() => expect(failing()).toSettleAt(300));
      expect(early).toBe("The promise was rejected at t=200 virtual ms, and should have settled at t=300.");
      const wrong = await messageOf(() => expect(sleep(10)).not.toSettleAt(210));
      expect(wrong).toBe("The promise was fulfilled at t=210 virtual ms, and should not have settled then.");
    }),
  );

  test(
    "takes a promise that was observed, and does not wait for that",
    scenario(async ({ advance }) => {
      const job = observe(sleep(100));
      expect(await messageOf(() => expect(job).toSettleAt(0))).toBe(
        "The promise is still pending at t=0 virtual ms, and should have settled at t=0.",
      );
      await advance(200);
      await expect(job).toSettleAt(100);
    }),
  );

  test("refuses what is no promise, a time that is none, and real time", async () => {
    expect(await messageOf(() => expect(Promise.resolve()).toSettleAt(0))).toBe(
      "toSettleAt: no virtual clock is installed",
    );
    using _clock = virtualTime();
    expect(await messageOf(() => expect(5).toSettleAt(0))).toBe(
      "toSettleAt: what expect() is given must be a promise, got 5",
    );
    expect(await messageOf(() => expect(undefined).toSettleAt(0))).toMatch(
      /must be a promise, got undefined$/,
    );
    expect(await messageOf(() => expect(Promise.resolve()).toSettleAt(-1))).toBe(
      "toSettleAt: ms must be a number >= 0, got -1",
    );
  });
});

describe("expect(body).toLeaveNothing()", () => {
  const { signal } = new AbortController();
  const careless = (): void => signal.addEventListener("abort", () => {});

  test("passes where the body leaves nothing", async () => {
    await expect(() => sleep(1)).toLeaveNothing();
    await expect(careless).toLeaveNothing({ listeners: false });
    await expect(careless).not.toLeaveNothing();
  });

  test("fails with what was left, and where it came from", async () => {
    expect(await messageOf(() => expect(careless).toLeaveNothing())).toMatch(
      /^1 thing was left behind:\n {2}an abort listener, added at test\/testing\/vitest-matchers\.test\.ts:\d+$/,
    );
    expect(await messageOf(() => expect(() => {}).not.toLeaveNothing())).toBe(
      "The body left nothing behind, and should have.",
    );
  });

  test("fails with the body's own error, also where none is expected to be left", async () => {
    const body = (): never => {
      throw new Error("broken");
    };
    expect(await messageOf(() => expect(body).toLeaveNothing())).toBe("broken");
    expect(await messageOf(() => expect(body).not.toLeaveNothing())).toBe("broken");
    expect(await messageOf(() => expect(() => {}).toLeaveNothing({ grace: -1 }))).toMatch(
      /^leakCheck: grace/,
    );
  });
});
