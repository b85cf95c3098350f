import { setTimeout as sleep } from "node:timers/promises";
import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { recordTimeline, virtualTime } from "../../src/testing/index.ts";

describe("recordTimeline()", () => {
  test("records spans with the clock's time and how they ended", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    const first = recorder.span("first");
    await clock.advance(10);
    const second = recorder.span("second");
    first.end();
    await clock.advance(10);
    second.end("failed");
    recorder.span("third");
    expect(recorder.spans).toEqual([
      { name: "first", start: 0, end: 10, outcome: "ok" },
      { name: "second", start: 10, end: 20, outcome: "failed" },
      { name: "third", start: 20, end: undefined, outcome: "pending" },
    ]);
  });

  test("ends a span once", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    const span = recorder.span("work");
    span.end("aborted");
    await clock.advance(10);
    span.end("ok");
    expect(recorder.spans).toEqual([{ name: "work", start: 0, end: 0, outcome: "aborted" }]);
    expect(recorder.active).toBe(0);
  });

  test("ends a span where its block ends", () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    {
      using _span = recorder.span("work");
      expect(recorder.active).toBe(1);
    }
    expect(recorder.spans[0]?.outcome).toBe("ok");
  });

  test("ends with the last thing that happened, or now while something runs", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    expect(recorder.end).toBe(0);
    const span = recorder.span("work");
    await clock.advance(10);
    expect(recorder.end).toBe(10);
    span.end();
    await clock.advance(10);
    expect(recorder.end).toBe(10);
  });

  test("records work under a name and gives what the work gives", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    const error = new Error("broken");
    const value = await clock.run(() =>
      recorder.record("good", async () => {
        await sleep(10);
        return 5;
      }),
    );
    expect(value).toBe(5);
    await expect(
      recorder.record("bad", () => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(recorder.spans).toEqual([
      { name: "good", start: 0, end: 10, outcome: "ok" },
      { name: "bad", start: 10, end: 10, outcome: "failed" },
    ]);
  });

  test("works on any clock, with the timers of that time", async () => {
    const recorder = recordTimeline({ now: 7 });
    const quick = recorder.service("quick", 1);
    expect(await quick()).toBe("quick");
    const slow = recorder.service("slow", 60_000);
    await expect(slow({ signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect(recorder.spans.map(({ start }) => start)).toEqual([7, 7]);
  });
});

describe("a service", () => {
  test("takes its time, gives its name and records itself", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    const users = recorder.service("users", 100);
    expect(users.name).toBe("users");
    expect(await clock.run(() => users())).toBe("users");
    expect(clock.now).toBe(100);
    expect(recorder.spans).toEqual([{ name: "users", start: 0, end: 100, outcome: "ok" }]);
  });

  test("gives the value, or what the value makes of the call's number", async () => {
    using clock = virtualTime();
    const { service } = recordTimeline(clock);
    const fixed = service("fixed", 1, { value: { id: 1 } });
    const counted = service("counted", 1, { value: (call) => call * 10 });
    const nothing = service("nothing", 1, { value: undefined });
    const values = await clock.run(async () => [
      await fixed(),
      await counted(),
      await counted(),
      await nothing(),
    ]);
    expect(values).toEqual([{ id: 1 }, 10, 20, undefined]);
  });

  test("rejects with the error after its time", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    const error = new Error("503");
    const broken = recorder.service("broken", 50, { error });
    await expect(clock.run(() => broken())).rejects.toBe(error);
    expect(recorder.spans).toEqual([{ name: "broken", start: 0, end: 50, outcome: "failed" }]);
  });

  test("lets a call succeed for which the error function gives undefined", async () => {
    using clock = virtualTime();
    const { service } = recordTimeline(clock);
    const flaky = service("flaky", 10, {
      error: (call) => (call < 3 ? new Error(`call ${call}`) : undefined),
    });
    await clock.run(async () => {
      await expect(flaky()).rejects.toThrow("call 1");
      await expect(flaky()).rejects.toThrow("call 2");
      expect(await flaky()).toBe("flaky");
    });
  });

  test("may take a different time at each call", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    const slowing = recorder.service("slowing", (call) => call * 100);
    await clock.run(() => Promise.all([slowing(), slowing()]));
    expect(recorder.spans.map(({ end }) => end)).toEqual([100, 200]);
  });

  test("counts its calls, their starts, and how many run at once", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    const users = recorder.service("users", 100);
    const orders = recorder.service("orders", 100);
    await clock.run(async () => {
      const both = [users(), orders()];
      await clock.advance(50);
      both.push(users());
      expect([users.active, orders.active, recorder.active]).toEqual([2, 1, 3]);
      await Promise.all(both);
      await users();
    });
    expect(users.calls).toBe(3);
    expect(users.starts).toEqual([0, 50, 150]);
    expect([users.peak, orders.peak, recorder.peak]).toEqual([2, 1, 3]);
    expect([users.active, orders.active, recorder.active]).toEqual([0, 0, 0]);
  });

  test("rejects with the signal's reason at once, and leaves neither timer nor listener", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    const users = recorder.service("users", 100);
    const controller = new AbortController();
    const reason = new Error("not needed any more");
    const call = users({ signal: controller.signal });
    await clock.advance(30);
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(recorder.spans).toEqual([{ name: "users", start: 0, end: 30, outcome: "aborted" }]);
    expect(clock.pending).toEqual([]);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test("leaves no listener when it ends well", async () => {
    using clock = virtualTime();
    const users = recordTimeline(clock).service("users", 100);
    const { signal } = new AbortController();
    const call = users({ signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await clock.run(() => call);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("that is called with an aborted signal rejects at once and is recorded", async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    const users = recorder.service("users", 100);
    await expect(users({ signal: AbortSignal.abort("too late") })).rejects.toBe("too late");
    expect(recorder.spans).toEqual([{ name: "users", start: 0, end: 0, outcome: "aborted" }]);
    expect([users.calls, users.active]).toEqual([1, 0]);
  });

  test('runs on after an abort with onAbort: "ignore", and never reads the signal', async () => {
    using clock = virtualTime();
    const recorder = recordTimeline(clock);
    const stubborn = recorder.service("stubborn", 100, { onAbort: "ignore" });
    const context = {
      get signal(): AbortSignal {
        throw new Error("the signal was read");
      },
    };
    expect(await clock.run(() => stubborn(context))).toBe("stubborn");
    expect(recorder.spans).toEqual([{ name: "stubborn", start: 0, end: 100, outcome: "ok" }]);
  });

  test("can be called without a context, and by Array.map", async () => {
    using clock = virtualTime();
    const users = recordTimeline(clock).service("users", 100);
    const calls: Promise<string>[] = [1, "two", null].map((item) =>
      Reflect.apply(users, undefined, [item, 0]),
    );
    expect(await clock.run(() => Promise.all(calls))).toEqual(["users", "users", "users"]);
  });

  test("shows in clock.pending as what it is", () => {
    using clock = virtualTime();
    void recordTimeline(clock).service("users", 100)();
    expect(clock.pending).toEqual([
      {
        kind: "service users",
        due: 100,
        at: expect.stringMatching(/^test\/testing\/recorder\.test\.ts:\d+$/),
      },
    ]);
  });
});
