import { setTimeout as sleep } from "node:timers/promises";
import { runInThisContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { ensure, FactError, interleavings, type Interleaving } from "../../src/testing/index.ts";
import { failureOf, interrupted, topFrame } from "./orders.ts";

const here = "test/testing/interleavings-story.test.ts";

describe("an order that fails", () => {
  test("is told step by step, with what was overtaken, and how to run it alone", async () => {
    const error = await failureOf(interrupted);
    expect(error).toBeInstanceOf(FactError);
    expect(error.message).toBe(
      [
        "Bob came between",
        "",
        "It happened in this order:",
        "  1. Ada 1, before Bob 1",
        "  2. Bob 1",
        "  3. Ada 2",
        'To run it alone: { order: "1" }.',
      ].join("\n"),
    );
    expect(topFrame(error)).toContain("test/testing/orders.ts");
    expect(error.stack).toContain(error.message);
  });

  test("is run alone by its name, and fails again", async () => {
    let runs = 0;
    const error = await failureOf(
      async (s) => {
        runs++;
        await interrupted(s);
      },
      { order: "1" },
    );
    expect(runs).toBe(1);
    expect(error.message).toMatch(
      /^Bob came between\n\nIt happened in this order:\n {2}1\. Ada 1, before Bob 1\n/,
    );
    expect(await interleavings(interrupted, { order: "" })).toEqual({ orders: 1, complete: false });
    expect(await interleavings(interrupted, { order: "1.1" })).toEqual({ orders: 1, complete: false });
  });

  test("is the last one to be run", async () => {
    let runs = 0;
    await failureOf(async (s) => {
      runs++;
      await interrupted(s);
    });
    expect(runs).toBe(2);
  });

  test("may be the very first, in which nothing overtakes", async () => {
    const error = await failureOf(async ({ step }) => {
      await Promise.all([step("a"), step("b")]);
      throw new Error("broken");
    });
    expect(error.message).toBe(
      [
        "broken",
        "",
        "It happened in the order in which the steps began:",
        "  1. a",
        "  2. b",
        'To run it alone: { order: "" }.',
      ].join("\n"),
    );
  });

  test("tells steps of one name apart, and lists no more than three that were overtaken or are left", async () => {
    const error = await failureOf(
      ({ step }) =>
        Promise.race([
          ...[1, 2, 3, 4].map(() => step("read")),
          step("write").then(() => Promise.reject(new Error("broken"))),
        ]),
      { order: "4" },
    );
    expect(error.message).toBe(
      [
        "broken",
        "",
        "It happened in this order:",
        "  1. write, before read (call 1), read (call 2), read (call 3), 1 more",
        "Not resolved by then: read (call 1), read (call 2), read (call 3), 1 more.",
        'To run it alone: { order: "4" }.',
      ].join("\n"),
    );
  });

  test("tells of timers, aborted steps and time as well", async () => {
    const error = await failureOf(
      async ({ step, advance }) => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(new Error("too late")), 10);
        const answer = step("answer", { signal: controller.signal });
        void answer.catch(() => {});
        await advance(5);
        await answer;
      },
      { order: "1.1" },
    );
    expect(error.message).toMatch(
      new RegExp(
        [
          "^too late\n\nIt happened in this order:",
          "  1\\. t=5  the clock has been advanced, before answer",
          `  2\\. t=10  setTimeout fires \\(armed at ${here}:\\d+\\), before answer`,
          "  3\\. t=10  answer: aborted",
          'To run it alone: { order: "1\\.1" }\\.$',
        ].join("\n"),
      ),
    );
  });

  test("tells of a timer that was armed where none of the user's code is on the stack", async () => {
    const arm: () => void = runInThisContext("() => void setTimeout(() => {}, 5)", {
      filename: "node:elsewhere",
    });
    const error = await failureOf(async () => {
      setImmediate(arm);
      await sleep(10);
      throw new Error("broken");
    });
    expect(error.message).toContain("\n  2. t=5  setTimeout fires\n");
  });

  test("tells of a timer whose callback throws", async () => {
    const error = await failureOf(async () => {
      setTimeout(() => {
        throw new Error("in the callback");
      }, 10);
      await sleep(20);
    });
    expect(error.message).toContain("in the callback\n");
    expect(error.message).toContain("\n  1. t=10  a timer fires, and its callback throws\n");
  });

  test("shows the recorded timeline before the story", async () => {
    const error = await failureOf(async ({ service, step }) => {
      await Promise.all([service("users", 100)(), step("s")]);
      throw new Error("broken");
    });
    expect(error.message).toMatch(
      /^broken\n\nyou {2}users {2}█+ {3}t=100 virtual ms\n\nIt happened in the order in which the steps began:\n {2}1\. t=0 {2}s\n {2}2\. t=100 {2}service users fires/,
    );
  });

  test("keeps the error itself, and what Vitest needs to show a difference", async () => {
    const shared = new Error("shared");
    const failing = async ({ step }: Interleaving): Promise<void> => {
      await step("s");
      throw shared;
    };
    expect(await failureOf(failing)).toBe(shared);
    expect(await failureOf(failing)).toBe(shared);
    expect(shared.message.match(/It happened/g)).toHaveLength(1);
    expect(await failureOf(() => expect(1).toBe(2))).toMatchObject({ actual: 1, expected: 2 });
  });

  test("may have thrown what is no error", async () => {
    const error = await failureOf(() => Promise.reject(undefined));
    expect(error).toBeInstanceOf(FactError);
    expect(error.message).toMatch(/^The code threw undefined\n\nIt happened in/);
    expect(topFrame(error)).toContain("test/testing/orders.ts");
  });

  test("of a sample is made simpler, down to what matters", async () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const error = await failureOf(
      async ({ step }) => {
        const order: string[] = [];
        await Promise.all(names.map((name) => step(name).then(() => order.push(name))));
        ensure(order.indexOf("f") > order.indexOf("a"), "f came before a");
      },
      { limit: 20 },
    );
    expect(error.message).toMatch(/^f came before a\n\nIt happened in this order:\n/);
    expect(error.message).toMatch(/\. f, before a/);
    expect(error.message.match(/, before /g)?.length).toBeLessThanOrEqual(2);
    const order = /\{ order: "([\d.]+)" \}/.exec(error.message)?.[1];
    expect(order).toMatch(/^\d(\.\d)?$/);
  });
});
