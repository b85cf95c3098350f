import { test } from "vitest";
import { ensure, scenario } from "yieldpoint/testing";
import { retry } from "./retry.ts";

const failed = (start: number, end: number) => ({ start, end, outcome: "failed" as const });
const doubling = (attempt: number): number => 100 * 2 ** (attempt - 1);

/** Fails until its `good`-th call. */
function flaky(good: number): { error: (call: number) => Error | undefined } {
  return { error: (call) => (call < good ? new Error(`failure ${call}`) : undefined) };
}

test(
  "a task that fails twice is called a third time",
  scenario(async ({ service, observe, advance }) => {
    const pay = service("pay", 50, flaky(3));
    const answer = observe(retry(pay, { attempts: 4, backoff: () => 10 }));

    await advance(5_000);

    ensure(pay.calls > 1, "The task failed once and was not called again.");
    ensure(answer.status !== "pending", "The task was called again, but retry() never settled.");
    ensure(answer.status === "fulfilled", "The third attempt was good, yet retry() rejected.");
    ensure(answer.value === "pay", "retry() did not give the value of the attempt that was good.");
    ensure(pay.calls === 3, `The third attempt was good, but the task was called ${pay.calls} times.`);
  }),
);

test(
  "any value is an answer, 0 and undefined, too",
  scenario(async ({ service, observe, advance }) => {
    for (const value of [0, undefined]) {
      const stock = service(`gives ${value}`, 50, { ...flaky(2), value });
      const answer = observe(retry(stock, { attempts: 4, backoff: () => 10 }));

      await advance(5_000);

      ensure(stock.calls > 1, "The task failed once and was not called again.");
      ensure(
        stock.calls === 2,
        `The second attempt gave ${value}, which is a value, but the task was called ${stock.calls} times.`,
      );
      ensure(
        answer.status === "fulfilled" && answer.value === value,
        `The second attempt gave ${value}, but retry() did not give that.`,
      );
    }
  }),
);

test(
  "a task that rejects with undefined has failed",
  scenario(async ({ observe, advance }) => {
    let calls = 0;
    const task = async (): Promise<string> => {
      calls++;
      if (calls < 2) await Promise.reject(undefined);
      return "good";
    };
    const answer = observe(retry(task, { attempts: 3, backoff: () => 10 }));

    await advance(1_000);

    ensure(calls > 1, "The task rejected with undefined, and it was not called again.");
    ensure(
      answer.status === "fulfilled" && answer.value === "good",
      "The second attempt was good, yet retry() did not give its value.",
    );
  }),
);

test(
  "the waits between the attempts are those of the backoff",
  scenario(async ({ service, observe, advance, expectTimeline }) => {
    const pay = service("pay", 50, flaky(4));
    const answer = observe(retry(pay, { attempts: 4, backoff: doubling }));

    await advance(5_000);

    expectTimeline(
      { pay: [failed(0, 50), failed(150, 200), failed(400, 450), [850, 900]] },
      "The waits after the failures are backoff(1) = 100, backoff(2) = 200 and backoff(3) = 400 ms.",
    );
    ensure(answer.status === "fulfilled", "The fourth and last attempt was good, yet retry() rejected.");
  }),
);

test(
  "when all attempts have failed, the last error is the answer",
  scenario(async ({ service, observe, advance }) => {
    const pay = service("pay", 50, flaky(Infinity));
    const answer = observe(retry(pay, { attempts: 3, backoff: () => 10 }));

    await advance(5_000);

    ensure(pay.calls > 1, "The task failed once and was not called again.");
    ensure(
      pay.calls === 3,
      `With attempts: 3 the task is called three times, but it was called ${pay.calls} times.`,
    );
    ensure(answer.status !== "pending", "All attempts have failed, but retry() never settled.");
    ensure(answer.status === "rejected", "All attempts have failed, yet retry() did not reject.");
    const message = answer.reason instanceof Error ? answer.reason.message : String(answer.reason);
    ensure(
      message === "failure 3",
      `retry() rejected with "${message}"; the last attempt's error is "failure 3".`,
    );
  }),
);

test(
  "there is no wait after the last attempt",
  scenario(async ({ service, observe, advance }) => {
    const pay = service("pay", 50, flaky(Infinity));
    const answer = observe(retry(pay, { attempts: 2, backoff: () => 1_000 }));

    await advance(1_100);
    ensure(
      pay.calls > 1,
      "The second attempt should have been made 1000 ms after the first had failed; it was not made.",
    );
    await advance(1);
    ensure(
      answer.status !== "pending",
      "The last attempt failed at 1100 ms, and retry() still waits, although no attempt will follow.",
    );
    await advance(5_000);
    ensure(answer.status === "rejected", "Both attempts have failed, yet retry() did not reject.");

    const once = service("once", 50, flaky(Infinity));
    const single = observe(retry(once, { attempts: 1, backoff: () => 1_000 }));
    await advance(51);
    ensure(
      single.status !== "pending",
      "With attempts: 1 the only attempt has failed, and 1 ms later retry() still waits.",
    );
    await advance(5_000);
    ensure(once.calls === 1, `With attempts: 1 the task was called ${once.calls} times.`);
    ensure(single.status === "rejected", "The only attempt has failed, yet retry() did not reject.");
  }),
);

test(
  "a failure that is not worth it is not repeated",
  scenario(async ({ service, observe, advance }) => {
    const refused = new Error("card refused");
    const pay = service("pay", 50, { error: (call) => (call === 1 ? new Error("busy") : refused) });
    const answer = observe(
      retry(pay, { attempts: 5, backoff: () => 100, when: (error) => error !== refused }),
    );

    await advance(200);
    ensure(pay.calls > 1, "when() says yes to the first failure, but the task was not called again.");
    await advance(1);
    ensure(
      answer.status === "rejected",
      "when() says no to the second failure, but retry() did not reject at once.",
    );
    ensure(answer.reason === refused, "retry() rejected, but not with the error that when() said no to.");
    await advance(5_000);
    ensure(pay.calls === 2, "when() says no to the second failure, but the task was called again.");
  }),
);

test(
  "a task that throws is repeated, too",
  scenario(async ({ observe, advance }) => {
    let calls = 0;
    const task = (): string => {
      calls++;
      if (calls < 2) throw new Error("thrown, not rejected");
      return "good";
    };
    const answer = observe(retry(task, { attempts: 3, backoff: () => 10 }));

    await advance(1_000);

    ensure(calls > 1, "The task threw once and was not called again.");
    ensure(
      answer.status === "fulfilled" && answer.value === "good",
      "The second attempt was good, yet retry() did not give its value.",
    );
  }),
);

test(
  "an abort during a wait ends it at once",
  scenario(async ({ service, observe, advance, clock }) => {
    const controller = new AbortController();
    const reason = new Error("the customer left");
    const pay = service("pay", 50, flaky(Infinity));
    const { signal } = controller;
    const answer = observe(retry(pay, { attempts: 5, backoff: () => 10_000, signal }));
    await advance(10_100);
    ensure(
      pay.calls > 1,
      "The second attempt should have been made after a wait of 10000 ms; it was not made.",
    );

    await advance(500);
    controller.abort(reason);
    await advance(1);

    ensure(
      answer.status !== "pending",
      "The signal aborted during a wait, and 1 ms later retry() still waits.",
    );
    ensure(
      answer.status === "rejected" && answer.reason === reason,
      "retry() did not reject with signal.reason itself.",
    );
    ensure(clock.pending.length === 0, "The wait was given up, but its timer is still armed.");
    await advance(60_000);
    ensure(pay.calls === 2, "The signal had aborted, and the task was called again.");
  }),
);

test(
  "after an abort during an attempt there is no wait and no further call",
  scenario(async ({ service, observe, advance }) => {
    const controller = new AbortController();
    const reason = new Error("the customer left");
    const pay = service("pay", 50, flaky(Infinity));
    const { signal } = controller;
    const answer = observe(retry(() => pay(), { attempts: 5, backoff: () => 100, signal }));
    // The second attempt runs from 150 to 200 ms.
    await advance(175);
    ensure(
      pay.calls > 1,
      "The second attempt should have been made 100 ms after the first had failed; it was not made.",
    );

    controller.abort(reason);
    await advance(26);

    ensure(
      answer.status !== "pending",
      "The signal aborted while an attempt was running. That attempt has failed, and 1 ms later retry() still waits.",
    );
    ensure(
      answer.status === "rejected" && answer.reason === reason,
      "The signal aborted while an attempt was running, but retry() did not reject with signal.reason itself.",
    );
    await advance(5_000);
    ensure(
      pay.calls === 2,
      "The signal aborted while an attempt was running, and after that one the task was called again.",
    );
  }),
);

test(
  "with a signal that has aborted before, no call is made",
  scenario(async ({ service, observe, advance }) => {
    const reason = new Error("the customer left");
    const pay = service("pay", 50);
    const answer = observe(retry(pay, { attempts: 3, backoff: () => 10, signal: AbortSignal.abort(reason) }));

    await advance(1_000);

    ensure(pay.calls === 0, "The signal had aborted before, and the task was called all the same.");
    ensure(
      answer.status === "rejected" && answer.reason === reason,
      "retry() did not reject with signal.reason itself.",
    );
  }),
);

test(
  "a task that is good at once is called once (guard)",
  scenario(async ({ service, observe, advance }) => {
    const pay = service("pay", 50);
    const answer = observe(retry(pay, { attempts: 3, backoff: () => 10 }));

    await advance(51);

    ensure(
      answer.status === "fulfilled" && answer.value === "pay",
      "The first attempt was good, yet retry() did not give its value at once.",
    );
    await advance(1_000);
    ensure(pay.calls === 1, "The first attempt was good, and the task was called again.");
  }),
);
