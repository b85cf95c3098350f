import { test } from "vitest";
import { ensure, scenario, type Scenario } from "yieldpoint/testing";
import { CircuitBreaker, CircuitOpenError } from "./circuit-breaker.ts";

const COOLDOWN = 1_000;

/** A breaker, a service whose health can be set, and a way to call it. */
function shop({ service, observe, advance }: Scenario, { failures = 3, cooldown = COOLDOWN } = {}) {
  const breaker = new CircuitBreaker({ failures, cooldown });
  let healthy = false;
  const good = service("tips", 10);
  const bad = service("tips", 10, { error: () => new Error("connection refused") });
  const tools = {
    breaker,
    calls: () => good.calls + bad.calls,
    recover: () => void (healthy = true),
    breakDown: () => void (healthy = false),
    call: () => observe(breaker.execute(() => (healthy ? good() : bad()))),
    /** One call, followed to its end. */
    callAndWait: async () => {
      const before = tools.calls();
      const outcome = tools.call();
      await advance(11);
      return { outcome, made: tools.calls() > before };
    },
    /** As many failures in a row as open the circuit, one after the other. With three, it takes 44 ms and opens after 32. */
    trip: async () => {
      for (let i = 0; i < failures; i++) {
        const { made } = await tools.callAndWait();
        ensure(made, `Only ${i} calls have failed in a row, and the next one was refused already.`);
      }
      const { made } = await tools.callAndWait();
      ensure(
        !made,
        `With failures: ${failures}, as many calls have failed in a row, and the next was made all the same: the circuit is not open.`,
      );
    },
  };
  return tools;
}

/** Opens the circuit, closes it by a good trial, then lets two calls fail; a call of 1100 ms ends after them. */
async function closeAgainAndFailTwice(tools: Scenario, shopping: ReturnType<typeof shop>): Promise<void> {
  const { trip, callAndWait, recover, breakDown } = shopping;
  await trip();
  recover();
  await tools.advance(COOLDOWN);
  const trial = await callAndWait();
  ensure(trial.made, "The cooldown is over, and no call was let in as a trial.");
  breakDown();
  for (let i = 0; i < 2; i++) {
    const { made } = await callAndWait();
    ensure(made, `Since the good trial ${i} calls have failed, and the next one was refused already.`);
  }
  await tools.advance(30);
}

test(
  "after three failures in a row, calls are refused at once",
  scenario(async (tools) => {
    const { trip, call, calls } = shop(tools);
    await trip();

    const before = calls();
    const refused = call();
    await tools.advance(1);

    ensure(calls() === before, "The circuit is open, and the task was called all the same.");
    ensure(
      refused.status === "rejected",
      "The circuit is open, and 1 ms after the call execute() had not rejected.",
    );
    ensure(
      refused.reason instanceof CircuitOpenError,
      "The call was refused, but execute() did not reject with a CircuitOpenError.",
    );
  }),
);

test(
  "a task that throws has failed, too",
  scenario(async ({ observe, advance }) => {
    const breaker = new CircuitBreaker({ failures: 3, cooldown: COOLDOWN });
    let calls = 0;
    const outcomes = [];
    for (let i = 0; i < 4; i++) {
      outcomes.push(
        observe(
          breaker.execute(() => {
            calls++;
            throw new Error("no such host");
          }),
        ),
      );
      await advance(1);
    }
    ensure(calls >= 3, `Only ${calls} calls were made; the circuit opened before three had failed.`);
    ensure(
      calls === 3,
      "Three tasks in a row threw, and the fourth call was made all the same: the circuit is not open.",
    );
    ensure(
      outcomes.every(({ status }) => status === "rejected"),
      "A task threw, and execute() did not reject.",
    );
  }),
);

test(
  "a success in between starts the count anew",
  scenario(async (tools) => {
    const { callAndWait, recover, breakDown, trip } = shop(tools);
    await callAndWait();
    await callAndWait();
    recover();
    await callAndWait();
    breakDown();

    // Two failures, a success: it takes three more failures to open the circuit.
    await trip();
  }),
);

test(
  "after the cooldown one call is let in, and the others are refused while it runs",
  scenario(async (tools) => {
    const { trip, call, calls } = shop(tools);
    await trip();
    await tools.advance(COOLDOWN);
    const before = calls();

    const trial = call();
    const second = call();
    await tools.advance(5);
    const third = call();
    await tools.advance(1);

    ensure(calls() > before, "The cooldown is over, and no call was let in as a trial.");
    ensure(calls() === before + 1, `One call is let in as a trial, but ${calls() - before} calls were made.`);
    ensure(trial.status === "pending", "The first call after the cooldown is the trial; it was refused.");
    ensure(
      [second, third].every(({ reason }) => reason instanceof CircuitOpenError),
      "While the trial runs, other calls are refused with a CircuitOpenError at once.",
    );
    await tools.advance(20);
  }),
);

test(
  "calls that are refused do not make the cooldown longer",
  scenario(async (tools) => {
    const { trip, callAndWait } = shop(tools);
    await trip();
    for (let i = 0; i < 8; i++) {
      await tools.advance(COOLDOWN / 10);
      await callAndWait();
    }
    await tools.advance(COOLDOWN / 10);

    const { made } = await callAndWait();

    ensure(
      made,
      "The cooldown has passed since the circuit opened, yet no trial is let in: refused calls have put it off.",
    );
  }),
);

test(
  "when the trial succeeds, calls go through again",
  scenario(async (tools) => {
    const { trip, call, callAndWait, calls, recover, breakDown } = shop(tools);
    await trip();
    recover();
    await tools.advance(COOLDOWN);
    const trial = await callAndWait();
    ensure(
      trial.made && trial.outcome.status === "fulfilled",
      "The cooldown is over, but the trial was not let in or its value was lost.",
    );

    breakDown();
    const { made } = await callAndWait();
    ensure(made, "The trial succeeded, and the next call was refused: the circuit is not closed.");
    recover();
    const next = await callAndWait();
    ensure(
      next.made,
      "One failure after a good trial opened the circuit again: old failures are still counted.",
    );

    const before = calls();
    call();
    call();
    await tools.advance(11);
    ensure(
      calls() === before + 2,
      "The trial succeeded, and of two calls made at the same time not both went through: the circuit is not closed.",
    );
    // Closed for good: it takes as many failures as at first to open it.
    breakDown();
    await trip();
  }),
);

test(
  "when the trial fails, the circuit is open for another cooldown, and then tries again",
  scenario(async (tools) => {
    const { trip, callAndWait, recover } = shop(tools);
    await trip();
    await tools.advance(COOLDOWN);
    const trial = await callAndWait();
    ensure(trial.made, "The cooldown is over, and no call was let in as a trial.");

    const next = await callAndWait();
    ensure(
      !next.made,
      "The trial failed, and the next call was made all the same: the circuit did not open again.",
    );
    // The trial failed 12 ms ago; the next call comes 10 ms before the end of the cooldown and takes 11 ms.
    await tools.advance(COOLDOWN - 22);
    const early = await callAndWait();
    ensure(
      !early.made,
      "A call was made 990 ms after the failed trial, although the cooldown of 1000 ms starts anew with it.",
    );
    recover();
    const second = await callAndWait();
    ensure(second.made, "Another cooldown has passed since the failed trial, and no second trial is let in.");
    ensure(second.outcome.status === "fulfilled", "The second trial succeeded, but its value was lost.");
  }),
);

test(
  "the number of failures and the cooldown are those of the options",
  scenario(async (tools) => {
    const { trip, callAndWait } = shop(tools, { failures: 2, cooldown: 300 });
    await trip();
    await tools.advance(300);

    const { made } = await callAndWait();

    ensure(made, "With cooldown: 300, no call was let in as a trial 300 ms after the circuit had opened.");
  }),
);

test(
  "a late success of a call from before changes nothing",
  scenario(async (tools) => {
    const { breaker, trip, call, calls } = shop(tools);
    const slow = tools.observe(breaker.execute(tools.service("slow", 500)));
    await trip();
    await tools.advance(500);
    ensure(slow.status === "fulfilled", "A call that was let in before the circuit opened lost its value.");

    const before = calls();
    call();
    await tools.advance(11);
    ensure(
      calls() === before,
      "A call from before the circuit opened ended well, and that closed the circuit.",
    );
  }),
);

test(
  "a late failure of a call from before changes nothing",
  scenario(async (tools) => {
    const { breaker, trip, callAndWait, recover } = shop(tools);
    const slow = tools.service("slow", 1_040, { error: new Error("timed out") });
    tools.observe(breaker.execute(slow));
    await trip();
    recover();
    await tools.advance(COOLDOWN - 8);

    // The trial runs from about 1036 to 1046 ms; the old call fails in the middle of it.
    const trial = await callAndWait();
    ensure(trial.made, "The cooldown is over, and no call was let in as a trial.");

    const next = await callAndWait();
    ensure(
      next.made,
      "The trial succeeded, but a call from before the circuit opened failed meanwhile, and that kept the circuit open.",
    );
  }),
);

test(
  "a late success during the trial does not close the circuit",
  scenario(async (tools) => {
    const { breaker, trip, call, calls } = shop(tools);
    const slow = tools.observe(breaker.execute(tools.service("slow", 1_050)));
    await trip();
    await tools.advance(COOLDOWN);

    // The trial runs from 1044 to 1054 ms; the old call ends in the middle of it.
    const before = calls();
    const trial = call();
    await tools.advance(7);
    ensure(calls() > before, "The cooldown is over, and no call was let in as a trial.");
    ensure(slow.status === "fulfilled", "A call that was let in before the circuit opened lost its value.");
    ensure(trial.status === "pending", "The call that is the trial settled before its task had ended.");

    call();
    await tools.advance(1);
    ensure(
      calls() === before + 1,
      "A call from before the circuit opened ended well during the trial, and after it another call was let in.",
    );
    await tools.advance(20);
  }),
);

test(
  "a late failure does not make the cooldown longer",
  scenario(async (tools) => {
    const { breaker, trip, callAndWait } = shop(tools);
    const slow = tools.service("slow", 500, { error: new Error("timed out") });
    tools.observe(breaker.execute(slow));
    await trip();
    await tools.advance(COOLDOWN);

    const { made } = await callAndWait();

    ensure(
      made,
      "The cooldown has passed since the circuit opened, yet no trial is let in: a call from before failed meanwhile.",
    );
  }),
);

test(
  "a late failure does not count once the circuit has closed again",
  scenario(async (tools) => {
    const shopping = shop(tools);
    const slow = tools.service("slow", 1_100, { error: new Error("timed out") });
    tools.observe(shopping.breaker.execute(slow));
    await closeAgainAndFailTwice(tools, shopping);

    const { made } = await shopping.callAndWait();

    ensure(
      made,
      "Two calls have failed since the circuit closed again, and the next was refused: the late failure of a call from before was counted.",
    );
  }),
);

test(
  "a late success does not start the count anew once the circuit has closed again",
  scenario(async (tools) => {
    const shopping = shop(tools);
    tools.observe(shopping.breaker.execute(tools.service("slow", 1_100)));
    await closeAgainAndFailTwice(tools, shopping);

    const third = await shopping.callAndWait();
    ensure(
      third.made,
      "Two calls have failed since the circuit closed again, and the third was refused already.",
    );
    const fourth = await shopping.callAndWait();

    ensure(
      !fourth.made,
      "Three calls have failed since the circuit closed again, and the fourth was made: the late success of a call from before set the count back.",
    );
  }),
);

test(
  "a closed circuit passes values and errors on (guard)",
  scenario(async (tools) => {
    const { callAndWait, recover } = shop(tools);
    const { outcome: bad } = await callAndWait();
    ensure(
      bad.status === "rejected" && bad.reason instanceof Error && bad.reason.message === "connection refused",
      "The error of the task did not reach the caller.",
    );
    recover();
    const { outcome: good } = await callAndWait();
    ensure(
      good.status === "fulfilled" && good.value === "tips",
      "The value of the task did not reach the caller.",
    );
  }),
);
