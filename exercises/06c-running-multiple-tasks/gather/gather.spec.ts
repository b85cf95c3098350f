import { test } from "vitest";
import { ensure, scenario, type Observed } from "yieldpoint/testing";
import { gather } from "./gather.ts";

test(
  "all tasks start at once",
  scenario(async ({ service, expectTimeline }) => {
    await gather([service("user", 50), service("orders", 80), service("stock", 100)]);

    expectTimeline(
      { user: [0, 50], orders: [0, 80], stock: [0, 100] },
      "All tasks are called before any of them is waited for.",
    );
  }),
);

test(
  "the results stand in the order of the tasks",
  scenario(async ({ service, expectTimeline }) => {
    const results = await gather([service("slow", 100), service("fast", 50)]);

    ensureResults(results, ["slow", "fast"]);
    expectTimeline(
      { slow: [0, 100], fast: [0, 50] },
      "The second task is over first, and its result stands second all the same.",
    );
  }),
);

test(
  "the first failure rejects at once",
  scenario(async ({ service, observe, advance, expectTimeline }) => {
    const error = new Error("no orders found");
    const gathered = observe(gather([service("slow", 100), service("broken", 50, { error })]));
    await advance(51);

    expectTimeline(
      { slow: { start: 0 }, broken: { start: 0, end: 50, outcome: "failed" } },
      "Both run from the start, and one of them fails at 50 ms.",
    );
    ensure(
      gathered.status !== "pending",
      "A task failed at 50 ms, and gather() still waits at 51 ms; it should have rejected at once.",
    );
    ensureRejected(gathered, error);
  }),
);

test(
  "a task that throws is a failure like any other",
  scenario(
    async ({ service, observe, advance, expectTimeline }) => {
      const error = new Error("no user given");
      const broken = service("broken", 100, { error: new Error("no stock found") });
      const thrower = (): never => {
        throw error;
      };
      let gathered: Observed<unknown>;
      try {
        gathered = observe(gather([service("user", 50), thrower, broken]));
      } catch {
        ensure(false, "A task threw, and gather() itself threw instead of giving a promise that rejects.");
      }
      await advance(150);

      expectTimeline(
        { user: [0, 50], broken: { start: 0, end: 100, outcome: "failed" } },
        "Between the two stands a task that throws; it keeps nobody else from being started.",
      );
      ensureRejected(gathered, error);
    },
    { floating: "fail" },
  ),
);

test(
  "a later failure does not float",
  scenario(
    async ({ service, observe, advance, expectTimeline }) => {
      const error = new Error("no orders found");
      const first = service("first", 50, { error });
      const second = service("second", 100, { error: new Error("no stock found") });
      const gathered = observe(gather([first, second]));
      await advance(150);

      expectTimeline(
        {
          first: { start: 0, end: 50, outcome: "failed" },
          second: { start: 0, end: 100, outcome: "failed" },
        },
        "Both run from the start, and both fail.",
      );
      ensureRejected(gathered, error);
    },
    { floating: "fail" },
  ),
);

test(
  "undefined and 0 are results, too (guard)",
  scenario(async ({ service, observe, advance }) => {
    const values = [0, undefined, false, ""];
    const tasks = values.map((value) => service(`gives ${String(value)}`, 10, { value }));
    const gathered = observe(gather<unknown>(tasks));
    await advance(100);

    ensure(
      gathered.status !== "pending",
      "All tasks are over, and gather() still waits: it takes undefined, 0, false or an empty string for no result.",
    );
    ensureResults(gathered.value, values);
  }),
);

test(
  "a task may give a value without a promise (guard)",
  scenario(async ({ observe, advance }) => {
    const gathered = observe(gather([() => "now", () => Promise.resolve("soon")]));
    await advance(1);

    ensure(
      gathered.status === "fulfilled",
      `A task gave a plain value, and gather() ${describe(gathered)} instead of taking it as the result.`,
    );
    ensureResults(gathered.value, ["now", "soon"]);
  }),
);

test(
  "an empty list gives an empty array (guard)",
  scenario(async ({ observe, advance }) => {
    const gathered = observe(gather([]));
    await advance(1);

    ensure(
      gathered.status !== "pending",
      "gather([]) waits for ever: there is no task whose end could wake it.",
    );
    ensure(gathered.status === "fulfilled", `gather([]) ${describe(gathered)}; nothing went wrong.`);
    ensureResults(gathered.value, []);
  }),
);

function ensureResults(results: unknown, expected: readonly unknown[]): void {
  ensure(Array.isArray(results), `gather() gave ${String(results)}, which is no array.`);
  const same = results.length === expected.length && expected.every((value, i) => results[i] === value);
  ensure(same, `gather() gave ${list(results)}; in the order of the tasks it is ${list(expected)}.`);
}

function ensureRejected(gathered: Observed<unknown>, error: Error): void {
  ensure(gathered.status === "rejected", `A task failed, and gather() ${describe(gathered)}.`);
  ensure(
    gathered.reason === error,
    `gather() rejected with "${String(gathered.reason)}"; the first failure was "${String(error)}".`,
  );
}

function describe({ status, reason }: Observed<unknown>): string {
  if (status === "pending") return "still waits";
  return status === "fulfilled" ? "gave a result" : `rejected with "${String(reason)}"`;
}

/** `Array.from`, because a result that never came in is a hole, which `map` would skip. */
function list(values: readonly unknown[]): string {
  return `[${Array.from(values, (value) => (value === "" ? '""' : String(value))).join(", ")}]`;
}
