import { test } from "vitest";
import { TimeoutError } from "yieldpoint";
import { ensure, outcome, scenario, show, type Observed, type Scenario } from "yieldpoint/testing";
import { timeout, type Task } from "./timeout.ts";

test(
  "the deadline rejects with a TimeoutError",
  scenario(async ({ service, observe, advance }) => {
    const timed = observe(timeout(service("slow", 400), 250));
    await advance(249);
    ensure(timed.status === "pending", `timeout(task, 250) ${outcome(timed)} before 250 ms had passed.`);
    await advance(2);

    ensure(timed.status !== "pending", "The deadline was at 250 ms, and timeout() still waits at 251 ms.");
    ensure(
      timed.reason instanceof TimeoutError,
      `The deadline passed, and timeout() ${outcome(timed)}; expected the TimeoutError of yieldpoint.`,
    );
    ensure(
      timed.reason.ms === 250,
      `timeout(task, 250) rejected with a TimeoutError whose ms is ${timed.reason.ms}; expected 250.`,
    );
  }),
);

test(
  "a task that does not stop is not waited for",
  scenario(async ({ service, observe, advance }) => {
    const deaf = service("takes no notice", 200, { onAbort: "ignore" });
    const timed = observe(timeout(deaf, 40));
    await advance(41);

    ensure(deaf.calls === 1, `The task was called ${deaf.calls} times; it should have been called once.`);
    ensure(
      timed.status !== "pending",
      "The deadline was at 40 ms, and timeout() still waits at 41 ms for a task that takes no notice of its signal.",
    );
  }),
);

test(
  "the task is told at the deadline",
  scenario(async ({ service, observe, advance, expectTimeline }) => {
    observe(timeout(service("slow", 200), 100));
    await advance(300);

    expectTimeline(
      { slow: { start: 0, end: 100, outcome: "aborted" } },
      "The task's signal aborts at the deadline, and this task stops when it is told.",
    );
  }),
);

test(
  "a result that is due at the deadline counts",
  scenario(async ({ service, observe, advance, expectTimeline }) => {
    const timed = observe(timeout(service("just in time", 100), 100));
    await advance(101);

    expectTimeline(
      { "just in time": [0, 100] },
      "The task and the deadline are due at the same moment, and then the task goes first.",
    );
    ensure(
      timed.status === "fulfilled",
      `The result was due at 100 ms, and so was the deadline, and timeout() ${outcome(timed)}.`,
    );
  }),
);

test(
  "no timer is left after a result",
  scenario(
    async (s) => {
      await expectDeadline(s);
      const value = await timeout(s.service("quick", 50), 1000);

      ensure(value === "quick", `The task gave "quick", and timeout() gave ${show(value)}.`);
    },
    { leaks: "fail" },
  ),
);

test(
  "no timer is left after a failure",
  scenario(
    async (s) => {
      await expectDeadline(s);
      const error = new Error("unknown country");
      const timed = s.observe(timeout(s.service("broken", 50, { error }), 1000));
      await s.advance(100);

      ensure(
        timed.reason === error,
        `The task failed with "${error.message}", and timeout() ${outcome(timed)}.`,
      );
    },
    { leaks: "fail" },
  ),
);

test(
  "no timer is left after a task that throws",
  scenario(
    async (s) => {
      await expectDeadline(s);
      const error = new Error("no country given");
      let timed: Observed<unknown>;
      try {
        timed = s.observe(
          timeout(() => {
            throw error;
          }, 1000),
        );
      } catch (thrown) {
        ensure(false, `timeout() itself threw "${String(thrown)}" instead of giving a promise that rejects.`);
      }
      await s.advance(1);

      ensure(
        timed.reason === error,
        `The task threw "${error.message}" when it was called, and timeout() ${outcome(timed)}.`,
      );
    },
    { leaks: "fail" },
  ),
);

test(
  "a late failure does not float",
  scenario(
    async ({ service, observe, advance, expectTimeline }) => {
      const error = new Error("the connection broke off");
      const late = service("late", 200, { error, onAbort: "ignore" });
      const timed = observe(timeout(late, 100));
      await advance(300);

      expectTimeline(
        { late: { start: 0, end: 200, outcome: "failed" } },
        "The task takes no notice of its signal and fails after the deadline.",
      );
      ensure(
        timed.reason instanceof TimeoutError,
        `The task failed at 200 ms, after the deadline, and timeout() ${outcome(timed)}; expected the TimeoutError of yieldpoint.`,
      );
    },
    { floating: "fail" },
  ),
);

test(
  "a task that is in time gives its value (guard)",
  scenario(async ({ service, observe, advance }) => {
    const timed = observe(timeout(service("quick", 50, { value: 42 }), 100));
    await advance(51);

    ensure(timed.value === 42, `The task gave 42 at 50 ms, and at 51 ms timeout() ${outcome(timed)}.`);
  }),
);

test(
  "a task that fails in time gives its error (guard)",
  scenario(async ({ service, observe, advance }) => {
    const error = new Error("unknown country");
    const timed = observe(timeout(service("broken", 50, { error }), 100));
    await advance(51);

    ensure(
      timed.reason === error,
      `The task failed with "${error.message}" at 50 ms, and at 51 ms timeout() ${outcome(timed)}.`,
    );
  }),
);

test(
  "a task that is in time is not told to stop (guard)",
  scenario(async ({ service, observe, advance, expectTimeline }) => {
    const connect = service("quick", 50);
    const text = service("quick's text", 100);
    const quick: Task<unknown> = async ({ signal }) => {
      await connect({ signal });
      // Like a response of fetch: there before its text is, and under the same signal.
      observe(text({ signal }));
    };
    observe(timeout(quick, 100));
    await advance(200);

    expectTimeline(
      { quick: [0, 50], "quick's text": [50, 150] },
      "The task was in time, so its signal does not abort, neither when it is over nor at the deadline.",
    );
  }),
);

test(
  "a task that fails in time is not told to stop (guard)",
  scenario(async ({ service, observe, advance }) => {
    const broken = service("broken", 50, { error: new Error("unknown country") });
    let own: AbortSignal | undefined;
    const failing: Task<unknown> = ({ signal }) => {
      own = signal;
      return broken({ signal });
    };
    observe(timeout(failing, 100));
    await advance(200);

    ensure(own !== undefined, "The task was not called with a signal.");
    ensure(
      !own.aborted,
      "The task failed at 50 ms, before its deadline at 100 ms, and its signal has aborted.",
    );
  }),
);

test(
  "a task may give a value without a promise (guard)",
  scenario(
    async ({ observe, advance }) => {
      const timed = observe(timeout(() => 42, 100));
      await advance(1);

      ensure(
        timed.value === 42,
        `The task gave the value 42, not a promise, and timeout() ${outcome(timed)}.`,
      );
    },
    { leaks: "fail" },
  ),
);

/** Where no deadline is kept, it proves nothing that no timer is left. */
async function expectDeadline({ service, observe, advance }: Scenario): Promise<void> {
  const timed = observe(timeout(service("slow", 200), 100));
  await advance(101);
  ensure(
    timed.status === "rejected",
    `The deadline of a first call was at 100 ms, and at 101 ms timeout() ${outcome(timed)}.`,
  );
}
