import { test } from "vitest";
import { ensure, outcome, scenario, show, type Observed } from "yieldpoint/testing";
import { gather } from "./gather.ts";

test(
  "all tasks start at once",
  scenario(async ({ service, observe, advance, expectTimeline }) => {
    const gathering = gather([
      service("user", 50),
      service("orders", 60),
      service("stock", 80),
      service("news", 90),
      service("weather", 100),
    ]);
    const gathered = observe(gathering);
    await advance(1);
    ensure(
      ![gathered.value].flat().some((each) => typeof each === "function"),
      `gather() gave ${show(gathered.value)}. A task is a function, and it starts when it is called.`,
    );
    ensure(
      gathered.status !== "fulfilled",
      `gather() was over at ${gathered.at} ms and gave ${show(gathered.value)}, before any task was over; is a return or an await missing?`,
    );
    await gathering;

    expectTimeline(
      { user: [0, 50], orders: [0, 60], stock: [0, 80], news: [0, 90], weather: [0, 100] },
      "All tasks, however many there are, are called before any of them is waited for, and then all are waited for.",
    );
  }),
);

test(
  "the results stand in the order of the tasks",
  scenario(async ({ service, expectTimeline }) => {
    const results = await gather([service("slow", 100), service("fast", 50)]);

    ensure(
      same(results, ["slow", "fast"]),
      `gather() gave ${show(results)}; in the order of the tasks it is [slow, fast].`,
    );
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
    ensure(
      gathered.reason === error,
      `A task failed with "${error.message}", and gather() ${outcome(gathered)}.`,
    );
  }),
);

test(
  "a task that throws is a failure like any other",
  scenario(
    async ({ service, observe, advance, expectTimeline }) => {
      const error = new Error("no user given");
      const throws = (): never => {
        throw error;
      };
      const broken = service("broken", 100, { error: new Error("no stock found") });
      let gathered: Observed<unknown>;
      try {
        gathered = observe(gather([service("user", 50), throws, broken]));
      } catch (thrown) {
        ensure(false, `gather() itself threw "${String(thrown)}" instead of giving a promise that rejects.`);
      }
      await advance(150);

      expectTimeline(
        { user: [0, 50], broken: { start: 0, end: 100, outcome: "failed" } },
        "Between the two stands a task that throws; it keeps nobody else from being started.",
      );
      ensure(
        gathered.reason === error,
        `A task threw "${error.message}" when it was called, and gather() ${outcome(gathered)}.`,
      );
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
      ensure(
        gathered.reason === error,
        `The first failure was "${error.message}", and gather() ${outcome(gathered)}.`,
      );
    },
    { floating: "fail" },
  ),
);

test(
  "undefined and 0 are results, too (guard)",
  scenario(async ({ observe, advance }) => {
    const values = [0, undefined, false, null];
    const gathered = observe(gather<unknown>(values.map((value) => () => Promise.resolve(value))));
    await advance(1);

    ensure(
      gathered.status === "fulfilled",
      `The tasks gave 0, undefined, false and null, and gather() ${outcome(gathered)}; each of these is a result.`,
    );
    ensure(
      same(gathered.value, values),
      `gather() gave ${show(gathered.value)}, but the tasks gave ${show(values)}.`,
    );
  }),
);

test(
  "a task may give a value without a promise (guard)",
  scenario(async ({ observe, advance }) => {
    const gathered = observe(gather([() => "now", () => Promise.resolve("soon")]));
    await advance(1);

    ensure(
      same(gathered.value, ["now", "soon"]),
      `A task gave the value "now", not a promise, and gather() ${outcome(gathered)}; expected [now, soon].`,
    );
  }),
);

test(
  "what a task gives may be any object with then() (guard)",
  scenario(async ({ observe, advance }) => {
    const gathered = observe(gather([() => query("row")]));
    await advance(1);

    ensure(
      same(gathered.value, ["row"]),
      `A task gave an object whose then() gives "row", and gather() ${outcome(gathered)}; expected [row].`,
    );
  }),
);

test(
  "a failure may have no reason (guard)",
  scenario(async ({ observe, advance }) => {
    const gathered = observe(gather([() => Promise.resolve("user"), () => Promise.reject(undefined)]));
    await advance(1);

    ensure(
      gathered.status === "rejected",
      `A task rejected with undefined, and gather() ${outcome(gathered)}; that is a failure like any other.`,
    );
    ensure(
      gathered.reason === undefined,
      `A task rejected with undefined, and gather() ${outcome(gathered)}.`,
    );
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
    ensure(
      same(gathered.value, []),
      `gather([]) ${outcome(gathered)}; where there are no tasks, [] is the result.`,
    );
  }),
);

/** Like the queries of many libraries: it can be awaited, and all that it has is `then`. */
function query<T>(row: T): PromiseLike<T> {
  const value = (resolve: (row: T) => void): void => resolve(row);
  return Object.create({}, Object.fromEntries(new Map([["then", { value }]])));
}

function same(results: unknown, expected: readonly unknown[]): boolean {
  if (!Array.isArray(results) || results.length !== expected.length) return false;
  return expected.every((value, index) => results[index] === value);
}
