import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { RateLimiter, type RateAcquireOptions } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { complaints, deferred, listeners, rejection, survivors } from "../../support/waiting.ts";

const reason = new Error("gave up");

type Start = (limiter: RateLimiter, options: RateAcquireOptions) => Promise<unknown>;
const waits: [name: string, start: Start][] = [
  ["acquire", (limiter, options) => limiter.acquire(options)],
  ["execute", (limiter, options) => limiter.execute(() => "ran", options)],
];

/** One that has just granted all that it has: the next grant is due at 100. */
function spent(options: { limit?: number } = {}): RateLimiter {
  const limiter = new RateLimiter({ limit: 2, interval: 100, ...options });
  limiter.tryAcquire(2);
  return limiter;
}

describe.each(waits)("RateLimiter.%s() and the abort of its signal", (_name, start) => {
  test("before: rejects with the reason itself, spends nothing and waits for nothing", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ limit: 2, interval: 100 });
    const signal = AbortSignal.abort(reason);
    expect(await rejection(start(limiter, { signal }))).toBe(reason);
    expect(await rejection(start(spent(), { signal }))).toBe(reason);
    expect(limiter.stats()).toEqual({ available: 2, used: 0, waiting: 0 });
    expect(listeners(signal)).toBe(0);
    expect(clock.pending).toEqual([]);
  });

  test("during the wait: rejects at once with the reason itself, and leaves no timer and no listener", async () => {
    using clock = virtualTime();
    const limiter = spent();
    const controller = new AbortController();
    const waiting = observe(start(limiter, { signal: controller.signal }));
    await clock.advance(40);
    expect(listeners(controller.signal)).toBe(1);
    expect(clock.pending).toHaveLength(1);
    controller.abort(reason);
    expect(limiter.stats().waiting).toBe(0);
    expect(listeners(controller.signal)).toBe(0);
    expect(clock.pending).toEqual([]);
    await clock.advance(0);
    expect(waiting).toMatchObject({ status: "rejected", at: 40 });
    expect(waiting.reason).toBe(reason);
  });

  test.each([null, 0, "", false])("during the wait, with the reason %j", async (falsy) => {
    using _ = virtualTime();
    const controller = new AbortController();
    const waiting = start(spent(), controller);
    controller.abort(falsy);
    expect(await rejection(waiting)).toBe(falsy);
  });

  test("after: changes nothing, and no listener was left behind", async () => {
    using clock = virtualTime();
    const limiter = spent();
    const controller = new AbortController();
    const waiting = observe(start(limiter, controller));
    await clock.advance(100);
    expect(waiting.status).toBe("fulfilled");
    expect(listeners(controller.signal)).toBe(0);
    controller.abort(reason);
    expect(limiter.stats()).toEqual({ available: 1, used: 1, waiting: 0 });
  });

  test("a cancelled waiter takes nothing and strands nobody", async () => {
    using clock = virtualTime();
    const limiter = spent({ limit: 2 });
    const controllers = [1, 2, 3].map(() => new AbortController());
    const cancelled = controllers.map((controller) => observe(start(limiter, controller)));
    const others = [1, 2].map(() => observe(start(limiter, {})));
    await clock.advance(10);
    for (const controller of controllers) controller.abort(reason);
    await clock.advance(90);
    expect(cancelled.map((each) => each.status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(others.map((each) => each.at)).toEqual([100, 100]);
  });

  test("a heavy waiter that gives up unblocks the light ones at once", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ limit: 2, interval: 100 });
    await limiter.acquire();
    const controller = new AbortController();
    const heavy = observe(start(limiter, { cost: 2, signal: controller.signal }));
    const light = [1, 2].map(() => observe(start(limiter, {})));
    await clock.advance(30);
    expect(light.map((each) => each.status)).toEqual(["pending", "pending"]);
    controller.abort(reason);
    await clock.advance(0);
    expect(heavy.reason).toBe(reason);
    expect(light[0]).toMatchObject({ status: "fulfilled", at: 30 });
    expect(clock.pending).toHaveLength(1);
    await clock.advance(70);
    expect(light[1]).toMatchObject({ status: "fulfilled", at: 100 });
  });

  test("one behind the head that gives up leaves the head its timer", async () => {
    using clock = virtualTime();
    const limiter = spent();
    const head = observe(start(limiter, {}));
    const controller = new AbortController();
    const behind = observe(start(limiter, controller));
    await clock.advance(10);
    const before = clock.pending;
    controller.abort(reason);
    expect(clock.pending).toEqual(before);
    await clock.advance(90);
    expect([head.status, behind.status]).toEqual(["fulfilled", "rejected"]);
    expect(limiter.stats().used).toBe(1);
  });

  test("a grant goes to nobody who is about to hear of his abort", async () => {
    using clock = virtualTime();
    const limiter = new RateLimiter({ limit: 2, interval: 100 });
    await limiter.acquire();
    const controller = new AbortController();
    const { signal } = controller;
    const all = [2, 1, 1].map((cost) => observe(start(limiter, { cost, signal })));
    controller.abort(reason);
    await clock.advance(0);
    expect(all.map((each) => each.reason)).toEqual([reason, reason, reason]);
    expect(limiter.stats()).toEqual({ available: 1, used: 1, waiting: 0 });
    expect(clock.pending).toEqual([]);
  });

  test("10,000 aborted waiters leave no listener, no timer and an empty queue", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const limiter = spent();
      const shared = new AbortController();
      const controllers = Array.from({ length: 5_000 }, () => new AbortController());
      const all = [
        ...controllers.map(({ signal }) => observe(start(limiter, { signal }))),
        ...controllers.map(() => observe(start(limiter, shared))),
      ];
      expect(limiter.stats().waiting).toBe(10_000);
      expect(listeners(shared.signal)).toBe(1);
      for (const controller of controllers) controller.abort(reason);
      shared.abort(reason);
      expect(limiter.stats()).toEqual({ available: 0, used: 2, waiting: 0 });
      await clock.advance(0);
      expect(all.every((each) => each.reason === reason)).toBe(true);
      expect([shared, ...controllers].every(({ signal }) => listeners(signal) === 0)).toBe(true);
      expect(clock.pending).toEqual([]);
    });
    expect(found).toEqual([]);
  });
});

test("RateLimiter.execute() calls nothing when the abort comes between the grant and the start", async () => {
  using clock = virtualTime();
  const limiter = spent();
  const controller = new AbortController();
  let called = false;
  // It is granted in the same turn of the clock, and starts first.
  const first = limiter.execute(() => controller.abort(reason));
  const waiting = observe(limiter.execute(() => void (called = true), controller));
  await clock.advance(100);
  await first;
  expect(waiting).toMatchObject({ status: "rejected", at: 100 });
  expect(waiting.reason).toBe(reason);
  expect(called).toBe(false);
  // What was granted is spent.
  expect(limiter.stats().used).toBe(2);
});

test("RateLimiter.execute() follows a started task to its end after an abort", async () => {
  using clock = virtualTime();
  const work = deferred<string>();
  const controller = new AbortController();
  const running = observe(new RateLimiter({ limit: 1, interval: 1 }).execute(() => work.promise, controller));
  controller.abort(reason);
  await clock.advance(10);
  expect(running.status).toBe("pending");
  work.resolve("finished after all");
  await clock.advance(0);
  expect(running.value).toBe("finished after all");
});

test("RateLimiter keeps nothing of those who waited and gave up", async () => {
  const limiter = new RateLimiter({ limit: 1, interval: 1e9 });
  await limiter.acquire();
  const crowd = (): WeakRef<object>[] =>
    Array.from({ length: 1_000 }, (_, n) => {
      const controller = new AbortController();
      const task = () => n;
      limiter.execute(task, { signal: controller.signal }).catch(() => {});
      return { controller, task };
    }).flatMap(({ controller, task }) => {
      controller.abort(reason);
      return [new WeakRef(controller.signal), new WeakRef(task)];
    });
  // The platform may hold on to the last event that it sent.
  expect(await survivors(crowd())).toBeLessThan(5);
  expect(limiter.stats().waiting).toBe(0);
});

test("RateLimiter goes on in its own caller's AsyncLocalStorage context, whoever set the timer or aborted", async () => {
  using clock = virtualTime();
  const store = new AsyncLocalStorage<string>();
  const limiter = new RateLimiter({ limit: 1, interval: 100 });
  limiter.tryAcquire();
  const controller = new AbortController();
  const seen: unknown[] = [];
  const note = () => void seen.push(store.getStore());
  const gone = store.run("gone", () => limiter.acquire(controller).catch(note));
  const all = ["a", "b"].map((name) => store.run(name, () => limiter.execute(note)));
  const acquired = store.run("c", () => limiter.acquire().then(note));
  store.run("aborter", () => controller.abort());
  await clock.run(() => Promise.all([gone, ...all, acquired]));
  expect(seen).toEqual(["gone", "a", "b", "c"]);
});
