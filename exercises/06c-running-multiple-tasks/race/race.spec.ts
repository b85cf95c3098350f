import { test } from "vitest";
import { ensure, outcome, scenario, show, type Observed } from "yieldpoint/testing";
import { race, type Task } from "./race.ts";

test(
  "the first to be over wins",
  scenario(async ({ service, expectTimeline }) => {
    // It takes no notice of its signal, so that nothing but its time ends it.
    const slow = service("slow", 100, { onAbort: "ignore" });

    const value = await race([slow, service("fast", 50)]);

    expectTimeline(
      { slow: { start: 0 }, fast: [0, 50] },
      "All start at once, and when the first of them is over, so is the race.",
    );
    ensure(value === "fast", `race() gave ${show(value)}; the first result was "fast".`);
  }),
);

test(
  "a failure wins, too",
  scenario(async ({ service, observe, advance, expectTimeline }) => {
    const error = new Error("the server is down");
    const slow = service("slow", 100, { onAbort: "ignore" });
    const raced = observe(race([slow, service("broken", 50, { error })]));
    await advance(51);

    expectTimeline(
      { slow: { start: 0 }, broken: { start: 0, end: 50, outcome: "failed" } },
      "Both run from the start, and the first to be over fails at 50 ms.",
    );
    ensure(
      raced.status !== "pending",
      "A task failed at 50 ms, before any other was over, and race() still waits at 51 ms.",
    );
    ensure(
      raced.reason === error,
      `The first to be over failed with "${error.message}", and race() ${outcome(raced)}.`,
    );
  }),
);

test(
  "the losers are told when there is a result",
  scenario(async ({ service, observe, advance, expectTimeline }) => {
    const tasks = [service("slow", 100), service("fast", 50), service("slower", 150)];
    const raced = observe(race(tasks));
    await advance(200);

    expectTimeline(
      {
        slow: { start: 0, end: 50, outcome: "aborted" },
        fast: [0, 50],
        slower: { start: 0, end: 50, outcome: "aborted" },
      },
      "When the race is decided, the signals of the other tasks abort.",
    );
    ensure(raced.value === "fast", `The first result was "fast", and race() ${outcome(raced)}.`);
  }),
);

test(
  "the losers are told after a failure, too",
  scenario(
    async ({ service, observe, advance, expectTimeline }) => {
      const error = new Error("the server is down");
      observe(race([service("slow", 100), service("broken", 50, { error })]));
      await advance(200);

      expectTimeline(
        { slow: { start: 0, end: 50, outcome: "aborted" }, broken: { start: 0, end: 50, outcome: "failed" } },
        "A failure decides the race, and then the signals of the other tasks abort.",
      );
    },
    { floating: "fail" },
  ),
);

test(
  "the winner is not told to stop",
  scenario(async ({ service, observe, advance, expectTimeline }) => {
    const connect = service("fast", 50);
    const text = service("fast's text", 100);
    const slow = service("slow", 200, { onAbort: "ignore" });
    let loser: AbortSignal | undefined;
    const fast: Task<unknown> = async ({ signal }) => {
      await connect({ signal });
      // Like a response of fetch: there before its text is, and under the same signal.
      observe(text({ signal }));
    };
    const deaf: Task<unknown> = ({ signal }) => {
      loser = signal;
      return slow();
    };
    observe(race([fast, deaf]));
    await advance(300);

    expectTimeline(
      { fast: [0, 50], slow: [0, 200], "fast's text": [50, 150] },
      "The winner's text arrives after the race, under the winner's own signal, which must not abort.",
    );
    ensure(loser?.aborted, "The race was decided at 50 ms, and the loser's signal has not aborted.");
  }),
);

test(
  "a loser that stops does not stop the winner",
  scenario(async ({ service, observe, advance, expectTimeline }) => {
    const connect = service("fast", 50);
    const text = service("fast's text", 100);
    const fast: Task<unknown> = async ({ signal }) => {
      await connect({ signal });
      observe(text({ signal }));
    };
    observe(race([fast, service("slow", 200)]));
    await advance(300);

    expectTimeline(
      { fast: [0, 50], slow: { start: 0, end: 50, outcome: "aborted" }, "fast's text": [50, 150] },
      "The loser is over when its signal aborts, and the winner's signal does not abort for it.",
    );
  }),
);

test(
  "the one whose failure decides the race is not told either",
  scenario(async ({ service, observe, advance, expectTimeline }) => {
    const broken = service("broken", 50, { error: new Error("the server is down") });
    let own: AbortSignal | undefined;
    const failing: Task<unknown> = ({ signal }) => {
      own = signal;
      return broken({ signal });
    };
    observe(race([service("slow", 200), failing]));
    await advance(300);

    expectTimeline(
      { slow: { start: 0, end: 50, outcome: "aborted" }, broken: { start: 0, end: 50, outcome: "failed" } },
      "A failure decides the race, and then the signals of the other tasks abort.",
    );
    ensure(
      own?.aborted === false,
      "The task that failed at 50 ms has decided the race, so it is the winner, and its own signal has aborted.",
    );
  }),
);

test(
  "a loser that fails later does not float",
  scenario(
    async ({ service, observe, advance, expectTimeline }) => {
      const error = new Error("the connection broke off");
      const failing = service("failing", 100, { error, onAbort: "ignore" });
      const raced = observe(race([service("fast", 50), failing]));
      await advance(150);

      expectTimeline(
        { fast: [0, 50], failing: { start: 0, end: 100, outcome: "failed" } },
        "Both run from the start; the second takes no notice of its signal and fails after the race.",
      );
      ensure(raced.value === "fast", `The first result was "fast", and race() ${outcome(raced)}.`);
    },
    { floating: "fail" },
  ),
);

test(
  "an empty list is refused",
  scenario(async ({ observe, advance }) => {
    let raced: Observed<unknown>;
    try {
      raced = observe(race([]));
    } catch (thrown) {
      ensure(false, `race([]) itself threw "${String(thrown)}" instead of giving a promise that rejects.`);
    }
    await advance(1);

    ensure(raced.status !== "pending", "race([]) waits for ever: nobody takes part, so nobody can win.");
    ensure(raced.reason instanceof TypeError, `race([]) ${outcome(raced)}; expected a TypeError.`);
  }),
);

test(
  "a task may give a value without a promise (guard)",
  scenario(async ({ service, observe, advance }) => {
    const raced = observe(race([() => "now", service("slow", 100)]));
    await advance(1);

    ensure(
      raced.value === "now",
      `A task gave the value "now", not a promise, and race() ${outcome(raced)}.`,
    );
  }),
);
