import { describe, expect, test } from "vitest";
import { Semaphore, sleep, timeout, type AcquireOptions } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { complaints, deferred, flush, listeners, rejection, survivors } from "../../support/waiting.ts";

const reason = new Error("gave up");

const waits: [name: string, start: (semaphore: Semaphore, options: AcquireOptions) => Promise<unknown>][] = [
  ["acquire", (semaphore, options) => semaphore.acquire(options)],
  ["execute", (semaphore, options) => semaphore.execute(() => "ran", options)],
];

describe.each(waits)("Semaphore.%s() and the abort of its signal", (_name, start) => {
  test("before: rejects with the reason itself and takes no permit", async () => {
    const semaphore = new Semaphore(1);
    const signal = AbortSignal.abort(reason);
    expect(await rejection(start(semaphore, { signal }))).toBe(reason);
    expect(semaphore.stats()).toEqual({ permits: 1, held: 0, waiting: 0 });
    expect(listeners(signal)).toBe(0);
  });

  test("before, where it would have to wait: rejects at once and does not join the queue", async () => {
    const semaphore = new Semaphore(1, { maxQueue: 0 });
    await semaphore.acquire();
    expect(await rejection(start(semaphore, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(semaphore.stats().waiting).toBe(0);
  });

  test("during the wait: rejects at once with the reason itself and leaves the queue", async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const controller = new AbortController();
    const waiting = observe(start(semaphore, { signal: controller.signal }));
    await flush();
    expect(listeners(controller.signal)).toBe(1);
    controller.abort(reason);
    expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 0 });
    expect(listeners(controller.signal)).toBe(0);
    await flush();
    expect(waiting).toMatchObject({ status: "rejected", reason });
  });

  test.each([undefined, null, 0, ""])("during the wait, with the reason %o", async (falsy) => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const controller = new AbortController();
    const waiting = start(semaphore, { signal: controller.signal });
    controller.abort(falsy);
    expect(await rejection(waiting)).toBe(controller.signal.reason);
  });

  test("after: changes nothing, and no listener was left behind", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const controller = new AbortController();
    const waiting = start(semaphore, { signal: controller.signal });
    permit.release();
    await waiting;
    expect(listeners(controller.signal)).toBe(0);
    const { held } = semaphore.stats();
    controller.abort(reason);
    await flush();
    expect(semaphore.stats().held).toBe(held);
  });

  test("a cancelled waiter takes no permit and strands nobody", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const controller = new AbortController();
    const cancelled = observe(start(semaphore, { signal: controller.signal }));
    const next = observe(start(semaphore, {}));
    controller.abort(reason);
    permit.release();
    await flush();
    expect([cancelled.status, next.status]).toEqual(["rejected", "fulfilled"]);
  });

  test("the one in the middle leaves, not the head", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const controller = new AbortController();
    const head = observe(start(semaphore, {}));
    const middle = observe(start(semaphore, { signal: controller.signal }));
    controller.abort(reason);
    permit.release();
    await flush();
    expect([head.status, middle.status]).toEqual(["fulfilled", "rejected"]);
  });

  test("a heavy waiter that gives up unblocks the light ones", async () => {
    const semaphore = new Semaphore(3);
    await semaphore.acquire();
    const controller = new AbortController();
    const heavy = observe(start(semaphore, { weight: 3, signal: controller.signal }));
    const light = [observe(start(semaphore, {})), observe(start(semaphore, {}))];
    await flush();
    expect(light.map((each) => each.status)).toEqual(["pending", "pending"]);
    controller.abort(reason);
    await flush();
    expect(heavy.status).toBe("rejected");
    expect(light.map((each) => each.status)).toEqual(["fulfilled", "fulfilled"]);
  });

  test("a heavy waiter that gives up lets in nobody with the same signal", async () => {
    const semaphore = new Semaphore(2);
    await semaphore.acquire();
    const controller = new AbortController();
    const { signal } = controller;
    const all = [2, 1, 1].map((weight) => observe(start(semaphore, { weight, signal })));
    controller.abort(reason);
    await flush();
    expect(all.map((each) => each.reason)).toEqual([reason, reason, reason]);
    expect(semaphore.stats()).toEqual({ permits: 2, held: 1, waiting: 0 });
  });

  test("a permit that is released by a listener of the signal goes to nobody who waits with it", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => permit.release());
    const aborted = observe(start(semaphore, { signal: controller.signal }));
    const other = observe(start(semaphore, {}));
    controller.abort(reason);
    await flush();
    expect(aborted).toMatchObject({ status: "rejected", reason });
    expect(other.status).toBe("fulfilled");
  });

  test("release and then abort in one turn: the permit is granted to nobody else meanwhile", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const controller = new AbortController();
    const first = observe(start(semaphore, { signal: controller.signal }));
    const second = observe(start(semaphore, {}));
    permit.release();
    expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 1 });
    controller.abort(reason);
    expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 1 });
    await flush();
    expect(first.status).not.toBe("pending");
    expect(second.status).toBe(first.status === "rejected" ? "fulfilled" : "pending");
  });

  test("abort and then release in one turn: the next one gets the permit", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const controller = new AbortController();
    const first = observe(start(semaphore, { signal: controller.signal }));
    const second = observe(start(semaphore, {}));
    controller.abort(reason);
    permit.release();
    await flush();
    expect(first).toMatchObject({ status: "rejected", reason });
    expect(second.status).toBe("fulfilled");
  });

  test("many waiters on one signal have one listener, and the process does not warn", async () => {
    const controller = new AbortController();
    const found = await complaints(async () => {
      const semaphore = new Semaphore(1);
      await semaphore.acquire();
      const all = Array.from({ length: 50 }, () => start(semaphore, { signal: controller.signal }));
      expect(listeners(controller.signal)).toBe(1);
      controller.abort(reason);
      await Promise.allSettled(all);
    });
    expect(found).toEqual([]);
    expect(listeners(controller.signal)).toBe(0);
  });

  test("10,000 aborted waiters leave no listener, no timer and an empty queue", async () => {
    using clock = virtualTime();
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const shared = new AbortController();
    const controllers = Array.from({ length: 5_000 }, () => new AbortController());
    const all = [
      ...controllers.map(({ signal }) => observe(start(semaphore, { signal }))),
      ...controllers.map(() => observe(start(semaphore, { signal: shared.signal }))),
    ];
    expect(semaphore.stats().waiting).toBe(10_000);
    for (const controller of controllers) controller.abort(reason);
    shared.abort(reason);
    expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 0 });
    await clock.advance(0);
    expect(all.every((each) => each.status === "rejected")).toBe(true);
    expect([shared, ...controllers].every(({ signal }) => listeners(signal) === 0)).toBe(true);
    expect(clock.pending).toEqual([]);
    permit.release();
    expect(semaphore.stats()).toEqual({ permits: 1, held: 0, waiting: 0 });
  });

  test("aborted waiters leave no unhandled rejection", async () => {
    const found = await complaints(async () => {
      const semaphore = new Semaphore(1);
      await semaphore.acquire();
      const controller = new AbortController();
      const all = [1, 2, 3].map(() => rejection(start(semaphore, { signal: controller.signal })));
      controller.abort(reason);
      await Promise.all(all);
    });
    expect(found).toEqual([]);
  });
});

test("Semaphore.acquire() gives the permit when the abort comes between the grant and the caller's turn", async () => {
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire();
  const controller = new AbortController();
  const waiting = semaphore.acquire({ signal: controller.signal });
  held.release();
  controller.abort(reason);
  const permit = await waiting;
  expect(semaphore.stats().held).toBe(1);
  permit.release();
  expect(semaphore.stats().held).toBe(0);
});

test("Semaphore.execute() rejects, calls nothing and gives back when the abort comes between grant and start", async () => {
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire();
  const controller = new AbortController();
  let called = false;
  const waiting = semaphore.execute(() => void (called = true), { signal: controller.signal });
  const next = observe(semaphore.acquire());
  held.release();
  controller.abort(reason);
  expect(await rejection(waiting)).toBe(reason);
  await flush();
  expect(called).toBe(false);
  expect(next.status).toBe("fulfilled");
  expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 0 });
});

test("Semaphore.execute() follows a started task to its end after an abort, and holds its permit until then", async () => {
  const semaphore = new Semaphore(1);
  const controller = new AbortController();
  const work = deferred<string>();
  const running = observe(semaphore.execute(() => work.promise, { signal: controller.signal }));
  controller.abort(reason);
  await flush();
  expect(running.status).toBe("pending");
  expect(semaphore.tryAcquire()).toBeUndefined();
  work.resolve("finished after all");
  await flush();
  expect(running.value).toBe("finished after all");
  expect(semaphore.stats().held).toBe(0);
});

test("Semaphore keeps nothing of those who waited and gave up", async () => {
  const semaphore = new Semaphore(1);
  await semaphore.acquire();
  const crowd = (): WeakRef<object>[] =>
    Array.from({ length: 1_000 }, (_, n) => {
      const controller = new AbortController();
      const task = () => n;
      semaphore.execute(task, { signal: controller.signal }).catch(() => {});
      return { controller, task };
    }).flatMap(({ controller, task }) => {
      controller.abort(reason);
      return [new WeakRef(controller.signal), new WeakRef(task)];
    });
  // The platform may hold on to the last event that it sent.
  expect(await survivors(crowd())).toBeLessThan(5);
  expect(semaphore.stats().held).toBe(1);
});

test("Semaphore keeps no task of those who gave up while one waits on", async () => {
  const semaphore = new Semaphore(1);
  await semaphore.acquire();
  void semaphore.acquire();
  const crowd = (): WeakRef<object>[] => {
    const controller = new AbortController();
    const tasks = Array.from({ length: 100 }, (_, n) => () => n);
    for (const task of tasks) semaphore.execute(task, { signal: controller.signal }).catch(() => {});
    controller.abort(reason);
    return tasks.map((task) => new WeakRef(task));
  };
  expect(await survivors(crowd())).toBeLessThan(5);
  expect(semaphore.stats().waiting).toBe(1);
});

describe("a timed-out task keeps its slot until it really ends", () => {
  const task = () => sleep(400);

  test("execute inside timeout", async () => {
    using clock = virtualTime();
    const semaphore = new Semaphore(1);
    const late = observe(timeout(({ signal }) => semaphore.execute(task, { signal }), 50));
    const next = observe(semaphore.execute(() => performance.now()));
    await clock.advance(399);
    expect(late).toMatchObject({ status: "rejected", at: 50 });
    expect(semaphore.stats().held).toBe(1);
    expect(next.status).toBe("pending");
    await clock.advance(1);
    expect(next.value).toBe(400);
  });

  test("execute with a signal that times out", async () => {
    using clock = virtualTime();
    const semaphore = new Semaphore(1);
    const late = observe(semaphore.execute(task, { signal: AbortSignal.timeout(50) }));
    const next = observe(semaphore.execute(() => performance.now()));
    await clock.advance(400);
    expect(late).toMatchObject({ status: "fulfilled", at: 400 });
    expect(next.value).toBe(400);
  });

  test("a timeout inside execute lets go of what it runs, so the slot is held for the timeout", async () => {
    using clock = virtualTime();
    const semaphore = new Semaphore(1);
    const late = observe(semaphore.execute(() => timeout(task, 50)));
    await clock.advance(49);
    expect(semaphore.stats().held).toBe(1);
    await clock.advance(1);
    expect(late).toMatchObject({ status: "rejected", at: 50 });
    expect(semaphore.stats().held).toBe(0);
  });

  test("execute that still waits when the timeout comes gives up its place", async () => {
    using clock = virtualTime();
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    let called = false;
    const waiting = timeout(({ signal }) => semaphore.execute(() => void (called = true), { signal }), 50);
    const late = observe(waiting);
    await clock.advance(50);
    expect(late.status).toBe("rejected");
    expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 0 });
    expect(called).toBe(false);
    expect(clock.pending).toEqual([]);
  });
});
