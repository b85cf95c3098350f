import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { hedge, RetryBudget, singleFlight, sleep, type Task } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { thenable } from "../../support/thenable.ts";
import { complaints, deferred, listeners, rejection } from "../../support/waiting.ts";
import { copies } from "./copies.ts";

describe("hedge()", () => {
  test("calls once where the result comes before the delay, and leaves no timer", async () => {
    using clock = virtualTime();
    const { task, at } = copies({ ms: 99, value: "quick" });
    expect(await clock.run(() => hedge(task, { delay: 100 }))).toBe("quick");
    expect(at).toEqual([0]);
    expect(clock.pending).toEqual([]);
  });

  test("starts the next copy when the newest has run for the delay, up to 2 by default", async () => {
    using clock = virtualTime();
    const { task, at, attempts } = copies({ ms: Infinity }, { ms: 500, value: "second" });
    expect(await clock.run(() => hedge(task, { delay: 100 }))).toBe("second");
    expect(at).toEqual([0, 100]);
    expect(attempts).toEqual([1, 2]);
    expect([clock.now, clock.pending]).toEqual([600, []]);
  });

  test("starts up to max copies, one a delay, each with its number", async () => {
    using clock = virtualTime();
    const { task, at, attempts } = copies({ ms: Infinity });
    void observe(hedge(task, { delay: 100, max: 4 }));
    await clock.advance(10_000);
    expect(at).toEqual([0, 100, 200, 300]);
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(clock.pending).toEqual([]);
  });

  test("with max 1 is the call alone, without a timer", async () => {
    using clock = virtualTime();
    const { task, at } = copies({ ms: 500, value: "only" });
    const result = observe(hedge(task, { delay: 0, max: 1 }));
    await clock.advance(0);
    expect(clock.pending).toHaveLength(1);
    await clock.advance(500);
    expect(result).toMatchObject({ value: "only", at: 500 });
    expect(at).toEqual([0]);
  });

  test("takes the first result, be it the first copy's", async () => {
    using clock = virtualTime();
    const { task, signals } = copies({ ms: 150, value: "first" }, { ms: 100, value: "second" });
    expect(await clock.run(() => hedge(task, { delay: 100 }))).toBe("first");
    expect(clock.now).toBe(150);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  });

  test("takes a result that is due with the delay, and starts no copy", async () => {
    using clock = virtualTime();
    const { task, at } = copies({ ms: 100, value: "just in time" });
    expect(await clock.run(() => hedge(task, { delay: 100 }))).toBe("just in time");
    expect(at).toEqual([0]);
  });

  test("with delay 0 starts the next copy in the next turn, unless the result is there", async () => {
    using clock = virtualTime();
    const slow = copies({ ms: 50, value: "slow" });
    await clock.run(() => hedge(slow.task, { delay: 0, max: 3 }));
    expect(slow.at).toEqual([0, 0, 0]);
    const quick = copies({ value: "at once" });
    await clock.run(() => hedge(quick.task, { delay: 0 }));
    expect(quick.at).toHaveLength(1);
  });

  test("with a delay of Infinity arms no timer: only a failure starts the next copy", async () => {
    using clock = virtualTime();
    const { task, at } = copies({ ms: 40, error: "down" }, { ms: 10, value: "second" });
    const result = observe(hedge(task, { delay: Infinity }));
    await clock.advance(0);
    expect(clock.pending).toHaveLength(1);
    await clock.advance(100);
    expect(result).toMatchObject({ value: "second", at: 50 });
    expect(at).toEqual([0, 40]);
  });

  test("waits for more than 2^31 ms where it must", async () => {
    using clock = virtualTime();
    const { task, at } = copies({ ms: Infinity }, { value: "late" });
    await clock.run(() => hedge(task, { delay: 2 ** 31 + 5 }));
    expect(at).toEqual([0, 2 ** 31 + 5]);
  });

  test("gives plain, falsy and thenable results", async () => {
    expect(await hedge(() => "plain", { delay: 1 })).toBe("plain");
    for (const falsy of [undefined, null, 0, "", false]) {
      expect(await hedge(() => falsy, { delay: 1 })).toBe(falsy);
    }
    expect(await hedge(() => thenable<string>((done) => done("then")), { delay: 1 })).toBe("then");
  });

  test("starts the first copy in the caller's stack", async () => {
    let started = false;
    const result = hedge(() => (started = true), { delay: 1 });
    expect(started).toBe(true);
    await result;
  });
});

describe("hedge() and failures", () => {
  test("a failure starts the next copy at once, and its delay begins then", async () => {
    using clock = virtualTime();
    const { task, at } = copies({ ms: 30, error: "down" }, { ms: Infinity }, { ms: 10, value: "third" });
    expect(await clock.run(() => hedge(task, { delay: 100, max: 3 }))).toBe("third");
    expect(at).toEqual([0, 30, 130]);
    expect(clock.now).toBe(140);
  });

  test("a failure waits while another copy runs", async () => {
    using clock = virtualTime();
    const { task, at } = copies({ ms: 120, error: "first" }, { ms: 100, value: "second" });
    expect(await clock.run(() => hedge(task, { delay: 100 }))).toBe("second");
    expect(at).toEqual([0, 100]);
    expect(clock.now).toBe(200);
  });

  test("each failure starts one copy: two at once start two", async () => {
    using clock = virtualTime();
    const { task, at } = copies({ ms: 150, error: "a" }, { ms: 50, error: "b" }, { ms: 70, value: "c" });
    expect(await clock.run(() => hedge(task, { delay: 100, max: 4 }))).toBe("c");
    expect(at).toEqual([0, 100, 150, 150]);
  });

  test("each failure starts one copy, also where they are of one promise", async () => {
    const answer = deferred<number>();
    let calls = 0;
    const task: Task<number> = ({ attempt }) => {
      calls++;
      return attempt < 3 ? answer.promise : new Promise(() => {});
    };
    using clock = virtualTime();
    void observe(hedge(task, { delay: 100, max: 9 }));
    await clock.advance(100);
    answer.reject(new Error("down"));
    await clock.advance(0);
    expect(calls).toBe(4);
    await clock.advance(99);
    expect(calls).toBe(4);
    await clock.advance(1);
    expect(calls).toBe(5);
  });

  test("all failed: rejects with the last error, as soon as it comes", async () => {
    using clock = virtualTime();
    const { task, at } = copies({ ms: 300, error: "first copy" }, { ms: 100, error: "second copy" });
    const result = observe(hedge(task, { delay: 100 }));
    await clock.advance(1_000);
    expect(result).toMatchObject({ status: "rejected", at: 300 });
    expect(result.reason).toEqual(new Error("first copy"));
    expect(at).toEqual([0, 100]);
    expect(clock.pending).toEqual([]);
  });

  test("all fail at once: max copies are made, and no wait", async () => {
    using clock = virtualTime();
    const { task, at } = copies({ error: "down" });
    expect(await rejection(hedge(task, { delay: 100, max: 3 }))).toEqual(new Error("down"));
    expect(at).toEqual([0, 0, 0]);
    expect(clock.pending).toEqual([]);
  });

  test("counts a sync throw as a failure", async () => {
    const task: Task<string> = ({ attempt }) => {
      if (attempt === 1) throw new Error("sync");
      return "second";
    };
    expect(await hedge(task, { delay: 1_000 })).toBe("second");
  });

  test.each([undefined, null, 0, ""])("rejects with %o where that is thrown", async (falsy) => {
    let calls = 0;
    const fail = () => {
      calls++;
      throw falsy;
    };
    expect(await rejection(hedge(fail, { delay: 10 }))).toBe(falsy);
    expect(calls).toBe(2);
  });

  test("does not tell a copy that has failed", async () => {
    using clock = virtualTime();
    const { task, signals } = copies({ ms: 10, error: "down" }, { ms: 10, value: "second" });
    await clock.run(() => hedge(task, { delay: 100 }));
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  });
});

describe("hedge({ budget })", () => {
  test("asks before each further copy, and starts none that is refused", async () => {
    using clock = virtualTime();
    const budget = new RetryBudget({ ratio: 0, reserve: 1 });
    const { task, at } = copies({ ms: 500, value: "first" }, { ms: Infinity });
    expect(await clock.run(() => hedge(task, { delay: 100, max: 5, budget }))).toBe("first");
    expect(at).toEqual([0, 100]);
    expect(budget.stats()).toEqual({ available: 0, calls: 1, granted: 1, refused: 1 });
    expect(clock.pending).toEqual([]);
  });

  test("asks only when the copy is due", async () => {
    using clock = virtualTime();
    const budget = new RetryBudget();
    const { task } = copies({ ms: 50, value: "quick" });
    await clock.run(() => hedge(task, { delay: 100, budget }));
    expect(budget.stats()).toEqual({ available: 3, calls: 1, granted: 0, refused: 0 });
  });

  test("that is spent: a failure is the answer at once", async () => {
    using clock = virtualTime();
    const budget = new RetryBudget({ ratio: 0, reserve: 0 });
    const { task, at } = copies({ ms: 30, error: "down" });
    const result = observe(hedge(task, { delay: 100, budget }));
    await clock.advance(30);
    expect(result).toMatchObject({ status: "rejected", reason: new Error("down"), at: 30 });
    expect(at).toEqual([0]);
    expect(clock.pending).toEqual([]);
  });

  test("that throws ends it with that, and tells the copies that run", async () => {
    using clock = virtualTime();
    const broken = new Error("broken");
    class Broken extends RetryBudget {
      override tryWithdraw(): boolean {
        throw broken;
      }
    }
    const { signal } = new AbortController();
    const { task, at, signals } = copies({ ms: 500, value: "late" });
    const result = observe(hedge(task, { delay: 100, max: 3, budget: new Broken(), signal }));
    await clock.advance(1_000);
    expect(result).toMatchObject({ status: "rejected", reason: broken, at: 100 });
    expect(at).toEqual([0]);
    expect(signals.map(({ reason }) => reason)).toEqual([broken]);
    expect([clock.pending, listeners(signal)]).toEqual([[], 0]);
  });

  test("that was spent at the delay: the failure that follows is the answer", async () => {
    using clock = virtualTime();
    const budget = new RetryBudget({ ratio: 0, reserve: 0 });
    const { task, at } = copies({ ms: 300, error: "down" });
    const result = observe(hedge(task, { delay: 100, max: 3, budget }));
    await clock.advance(1_000);
    expect(result).toMatchObject({ status: "rejected", at: 300 });
    expect(at).toEqual([0]);
    expect(budget.stats().refused).toBe(1);
  });
});

describe("hedge(): the AsyncLocalStorage context", () => {
  test("of each copy is its caller's, after the delay and after a failure", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const ask = async (): Promise<unknown[]> => {
      const seen: unknown[] = [];
      const task: Task<unknown[]> = async ({ attempt }) => {
        seen.push(user.getStore());
        await sleep(attempt === 1 ? 30 : 1);
        if (attempt < 3) throw new Error("down");
        return seen;
      };
      return hedge(task, { delay: 20, max: 3 });
    };
    const both = () => Promise.all([user.run("Ada", ask), user.run("Bob", ask)]);
    expect(await clock.run(both)).toEqual([
      ["Ada", "Ada", "Ada"],
      ["Bob", "Bob", "Bob"],
    ]);
  });

  test("is the caller's also where the copy that failed was another caller's promise", async () => {
    const user = new AsyncLocalStorage<string>();
    const answer = deferred<string>();
    const load = singleFlight((_key: string) => answer.promise);
    const seen: unknown[] = [];
    const ask = () =>
      hedge(
        ({ attempt }) => {
          if (attempt === 1) return answer.promise;
          seen.push(user.getStore());
          return "second";
        },
        { delay: Infinity },
      );
    const others = rejection(user.run("Ada", () => load("key")));
    const both = Promise.all([user.run("Bob", ask), user.run("Cid", ask)]);
    answer.reject(new Error("down"));
    expect(await both).toEqual(["second", "second"]);
    expect(seen).toEqual(["Bob", "Cid"]);
    await others;
  });
});

test("hedge() leaves no unhandled rejection of a loser, however late and however it fails", async () => {
  const found = await complaints(async () => {
    using clock = virtualTime();
    const { task } = copies(
      { ms: 500, error: "late and deaf" },
      { ms: 400, error: "late" },
      { ms: 10, value: "won" },
    );
    expect(await clock.run(() => hedge(task, { delay: 20, max: 3 }))).toBe("won");
    await clock.advance(2_000);
  });
  expect(found).toEqual([]);
});
