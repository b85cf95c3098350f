import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  ensure,
  expectTimeline,
  FactError,
  observe,
  virtualTime,
  type Span,
} from "../../src/testing/index.ts";

describe("observe()", () => {
  test("tells what is known of a promise by now, and when it settled", async () => {
    using clock = virtualTime();
    const good = observe(sleep(100, "value"));
    const reason = new Error("broken");
    const bad = observe(
      sleep(50).then(() => {
        throw reason;
      }),
    );
    expect(good).toEqual({ status: "pending", value: undefined, reason: undefined, at: undefined });
    await clock.advance(100);
    expect(good).toEqual({ status: "fulfilled", value: "value", reason: undefined, at: 100 });
    expect(bad).toEqual({ status: "rejected", value: undefined, reason, at: 50 });
  });

  test("tells a rejection without a reason from no rejection", async () => {
    using clock = virtualTime();
    const observed = observe(Promise.reject(undefined));
    await clock.advance(0);
    expect(observed.status).toBe("rejected");
  });

  test("handles the rejection", async () => {
    const unhandled: unknown[] = [];
    const listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", (reason) => unhandled.push(reason));
    try {
      observe(Promise.reject(new Error("observed")));
      void Promise.reject(new Error("not observed"));
      await sleep(1);
    } finally {
      process.removeAllListeners("unhandledRejection");
      for (const listener of listeners) process.on("unhandledRejection", listener);
    }
    expect(unhandled.map(String)).toEqual(["Error: not observed"]);
  });
});

describe("ensure()", () => {
  test("throws the fact alone, at the line that calls it", () => {
    const error = thrownBy(() => ensure(0, "a permit was not returned after a throw"));
    expect(error).toBeInstanceOf(FactError);
    expect(error.message).toBe("a permit was not returned after a throw");
    expect(error).not.toHaveProperty("expected");
    expect(error).not.toHaveProperty("actual");
    expect(error.stack?.split("\n")[1]).toContain("facts.test.ts");
  });

  test("lets a condition that holds pass, and narrows its type", () => {
    const name = ((): string | undefined => "Ada")();
    ensure(name !== undefined, "no name");
    expect(name.length).toBe(3);
  });
});

describe("expectTimeline()", () => {
  const users: Span = { name: "users", start: 0, end: 100, outcome: "ok" };
  const orders: Span = { name: "orders", start: 100, end: 200, outcome: "failed" };

  test("takes [start, end], objects, lists of them, and what still runs", () => {
    const open: Span = { name: "open", start: 10, end: undefined, outcome: "pending" };
    const again: Span = { ...users, start: 150, end: 200 };
    expectTimeline(
      { spans: [users, orders, open, again], end: 200 },
      {
        users: [[0, 100], { start: 150, end: 200 }],
        orders: { start: 100, end: 200, outcome: "failed" },
        open: { start: 10 },
      },
    );
  });

  test("throws the facts, both drawings and the rule", () => {
    const error = thrownBy(() =>
      expectTimeline(
        { spans: [users, { ...orders, outcome: "ok" }], end: 200 },
        { users: [0, 100], orders: [0, 100] },
        "Both start at once.",
      ),
    );
    expect(error).toBeInstanceOf(FactError);
    expect(error.message).toBe(
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
    expect(error.stack?.split("\n").find((line) => line.startsWith("    at "))).toContain("facts.test.ts");
  });

  test("takes [start, end] to mean that it ended well", () => {
    expect(() => expectTimeline({ spans: [orders], end: 200 }, { orders: [100, 200] })).toThrow(
      /^orders failed at 200 ms, expected to end at 200 ms/,
    );
  });

  test("objects to what ran though it was not expected, and to a list that is empty", () => {
    expect(() => expectTimeline({ spans: [users], end: 100 }, {})).toThrow(
      /^users ran though it was not expected/,
    );
    expect(() => expectTimeline({ spans: [users], end: 100 }, { users: [] })).toThrow(
      /^users ran though it was not expected/,
    );
    expectTimeline({ spans: [], end: 0 }, { users: [] });
  });

  test("draws what is expected to run still up to the present", () => {
    const error = thrownBy(() => expectTimeline({ spans: [users], end: 100 }, { users: { start: 0 } }));
    expect(error.message).toContain("expected  users  ░░░░░░░░░░░░░░░░░░░░   t=100 virtual ms");
  });
});

function thrownBy(call: () => void): Error {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("the call should have thrown an error");
}
