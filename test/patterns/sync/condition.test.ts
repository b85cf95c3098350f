import { describe, expect, test } from "vitest";
import { Condition, Mutex, Semaphore, type AbortOptions } from "yieldpoint";
import { observe, type Observed } from "yieldpoint/testing";
import { untyped } from "../../support/untyped.ts";
import { flush, rejection } from "../../support/waiting.ts";

const reason = new Error("gave up");

/** Takes the mutex and waits; the value is whether the mutex is held once the wait is over. */
function waiter(mutex: Mutex, condition: Condition, options?: AbortOptions): Observed<boolean> {
  return observe(
    mutex.execute(async () => {
      await condition.wait(options);
      return mutex.stats().locked;
    }),
  );
}

async function crowd(
  size: number,
): Promise<{ mutex: Mutex; condition: Condition; waiters: Observed<boolean>[] }> {
  const mutex = new Mutex();
  const condition = new Condition(mutex);
  const waiters = Array.from({ length: size }, () => waiter(mutex, condition));
  await flush();
  return { mutex, condition, waiters };
}

function statuses(waiters: readonly Observed<unknown>[]): string[] {
  return waiters.map(({ status }) => status);
}

describe("Condition.wait()", () => {
  test("gives the mutex to others while it waits, and has it again afterwards", async () => {
    const { mutex, condition, waiters } = await crowd(1);
    expect(mutex.stats().locked).toBe(false);
    expect(condition.stats()).toEqual({ waiting: 1 });
    condition.notify();
    expect(condition.stats()).toEqual({ waiting: 0 });
    await flush();
    expect(waiters[0]?.value).toBe(true);
    expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
  });

  test("passes the mutex to those who wait for it, in order", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    const order: string[] = [];
    const first = mutex.execute(async () => {
      order.push("first");
      await condition.wait();
      order.push("first again");
    });
    const others = ["second", "third"].map((name) =>
      mutex.execute(async () => {
        order.push(name);
        condition.notify();
        await flush();
        order.push(`${name} leaves`);
      }),
    );
    await Promise.all([first, ...others]);
    expect(order).toEqual(["first", "second", "second leaves", "third", "third leaves", "first again"]);
  });

  test("goes on only when the one that notified has left", async () => {
    const { mutex, condition, waiters } = await crowd(1);
    const permit = await mutex.acquire();
    condition.notify();
    await flush();
    expect(waiters[0]?.status).toBe("pending");
    permit.release();
    await flush();
    expect(waiters[0]?.value).toBe(true);
  });

  test("waits again and again under the same permit", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    using permit = await mutex.acquire();
    for (let round = 0; round < 3; round++) {
      const waiting = condition.wait();
      expect(mutex.stats().locked).toBe(false);
      condition.notify();
      await waiting;
      expect(mutex.stats().locked).toBe(true);
    }
    permit.release();
    expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
  });

  test("serves several conditions of one mutex apart", async () => {
    const mutex = new Mutex();
    const [filled, emptied] = [new Condition(mutex), new Condition(mutex)];
    const waiters = [waiter(mutex, filled), waiter(mutex, emptied)];
    await flush();
    emptied.notifyAll();
    await flush();
    expect(statuses(waiters)).toEqual(["pending", "fulfilled"]);
  });

  test("rejects when nobody holds the mutex, also when the permit was given back, and waits for nothing", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    const error = new Error("Condition.wait: the mutex is not held");
    expect(await rejection(condition.wait())).toEqual(error);
    (await mutex.acquire()).release();
    expect(await rejection(condition.wait())).toEqual(error);
    expect(condition.stats()).toEqual({ waiting: 0 });
    expect(mutex.stats().locked).toBe(false);
  });

  test("rejects when the holder waits already", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    await mutex.acquire();
    const first = observe(condition.wait());
    expect(await rejection(condition.wait())).toEqual(new Error("Condition.wait: the mutex is not held"));
    condition.notify();
    await flush();
    expect(first.status).toBe("fulfilled");
  });
});

describe("Condition.wait() and a permit that is given back during the wait", () => {
  test("does not take the mutex from whoever holds it by then", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    const old = await mutex.acquire();
    const waiting = observe(condition.wait());
    const current = await mutex.acquire();
    old.release();
    expect(mutex.stats().locked).toBe(true);
    expect(mutex.tryAcquire()).toBeUndefined();
    // The current holder can still wait.
    const second = observe(condition.wait());
    condition.notifyAll();
    await flush();
    expect(statuses([waiting, second])).toEqual(["fulfilled", "fulfilled"]);
    current.release();
    expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
  });

  test("does not keep the mutex for nobody afterwards", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    const permit = await mutex.acquire();
    const waiting = observe(condition.wait());
    permit.release();
    condition.notify();
    await flush();
    expect(waiting.status).toBe("fulfilled");
    expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
    expect(await rejection(condition.wait())).toEqual(new Error("Condition.wait: the mutex is not held"));
  });

  test("does not free it twice when the task of execute() has not waited for it", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    let waiting: Promise<void> | undefined;
    await mutex.execute(() => {
      waiting = condition.wait();
    });
    await mutex.acquire();
    expect(mutex.tryAcquire()).toBeUndefined();
    const next = observe(mutex.acquire());
    condition.notify();
    await flush();
    expect(next.status).toBe("pending");
    expect(waiting).toBeDefined();
  });
});

describe("Condition.notify()", () => {
  test("wakes one, the one that has waited longest", async () => {
    const { condition, waiters } = await crowd(3);
    condition.notify();
    await flush();
    expect(statuses(waiters)).toEqual(["fulfilled", "pending", "pending"]);
    expect(condition.stats()).toEqual({ waiting: 2 });
  });

  test("wakes as many as it is told to, and no more", async () => {
    const { condition, waiters } = await crowd(3);
    condition.notify(0);
    await flush();
    expect(statuses(waiters)).toEqual(["pending", "pending", "pending"]);
    condition.notify(2);
    await flush();
    expect(statuses(waiters)).toEqual(["fulfilled", "fulfilled", "pending"]);
    condition.notify(5);
    await flush();
    expect(statuses(waiters)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
  });

  test("is not remembered for those who come later", async () => {
    const { mutex, condition } = await crowd(0);
    condition.notify(3);
    condition.notifyAll();
    const late = waiter(mutex, condition);
    await flush();
    expect(late.status).toBe("pending");
  });

  test.each([
    [-1, new RangeError("Condition.notify: n must be an integer >= 0 or Infinity, got -1")],
    [1.5, new RangeError("Condition.notify: n must be an integer >= 0 or Infinity, got 1.5")],
    [Number.NaN, new RangeError("Condition.notify: n must be an integer >= 0 or Infinity, got NaN")],
    ["1", new TypeError('Condition.notify: n must be an integer >= 0 or Infinity, got "1"')],
  ])("refuses %o and wakes nobody", async (n, error) => {
    const { condition } = await crowd(1);
    expect(() => condition.notify(n as number)).toThrow(error);
    expect(condition.stats()).toEqual({ waiting: 1 });
  });
});

test("Condition.notifyAll() wakes all who wait, and they go on one by one", async () => {
  const mutex = new Mutex();
  const condition = new Condition(mutex);
  let inside = 0;
  let most = 0;
  const all = [1, 2, 3].map((name) =>
    mutex.execute(async () => {
      await condition.wait();
      most = Math.max(most, ++inside);
      await flush();
      inside--;
      return name;
    }),
  );
  await flush();
  condition.notifyAll();
  expect(await Promise.all(all)).toEqual([1, 2, 3]);
  expect(most).toBe(1);
});

describe("Condition.wait() and the abort of its signal", () => {
  test("before: keeps the mutex", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    using _ = await mutex.acquire();
    expect(await rejection(condition.wait({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(mutex.stats().locked).toBe(true);
    expect(condition.stats()).toEqual({ waiting: 0 });
  });

  test("during the wait: has the mutex again when it rejects", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    const controller = new AbortController();
    const permit = await mutex.acquire();
    const waiting = rejection(condition.wait({ signal: controller.signal }));
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    expect(mutex.tryAcquire()).toBeUndefined();
    permit.release();
    expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
  });

  test("during the wait, while another holds the mutex: it is next, before all who wait for the mutex", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    const controller = new AbortController();
    const aborted = waiter(mutex, condition, { signal: controller.signal });
    await flush();
    const permit = await mutex.acquire();
    const order: string[] = [];
    const others = [5, 0].map((priority) =>
      mutex.execute(() => order.push(`priority ${priority}`), { priority }),
    );
    controller.abort(reason);
    expect(condition.stats()).toEqual({ waiting: 0 });
    await flush();
    expect(aborted.status).toBe("pending");
    const leaving = mutex.execute(() => order.push(aborted.status), { priority: 9 });
    permit.release();
    await Promise.all([...others, leaving]);
    expect(aborted.reason).toBe(reason);
    expect(order).toEqual(["rejected", "priority 5", "priority 0"]);
  });

  test("an aborted waiter passes its notification on, at once", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    const controller = new AbortController();
    const first = waiter(mutex, condition, { signal: controller.signal });
    const others = [waiter(mutex, condition), waiter(mutex, condition)];
    await flush();
    const permit = await mutex.acquire();
    condition.notify();
    await flush();
    expect(condition.stats()).toEqual({ waiting: 2 });
    controller.abort(reason);
    await flush();
    // The next one has been notified although nobody has let go of the mutex yet.
    expect(condition.stats()).toEqual({ waiting: 1 });
    permit.release();
    await flush();
    expect(first.reason).toBe(reason);
    expect(statuses(others)).toEqual(["fulfilled", "pending"]);
    expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
  });

  test("one that is aborted without a notification passes none on", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    const controller = new AbortController();
    const first = waiter(mutex, condition, { signal: controller.signal });
    const other = waiter(mutex, condition);
    await flush();
    controller.abort(reason);
    await flush();
    expect(statuses([first, other])).toEqual(["rejected", "pending"]);
  });

  test("a notification is passed on from one aborted waiter to the next, until one takes it", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    const controllers = [new AbortController(), new AbortController()];
    const aborted = controllers.map(({ signal }) => waiter(mutex, condition, { signal }));
    const last = waiter(mutex, condition);
    await flush();
    const permit = await mutex.acquire();
    condition.notify();
    for (const controller of controllers) {
      await flush();
      controller.abort(reason);
    }
    await flush();
    permit.release();
    await flush();
    expect(statuses([...aborted, last])).toEqual(["rejected", "rejected", "fulfilled"]);
  });

  test("after the mutex was granted again, the abort comes too late", async () => {
    const mutex = new Mutex();
    const condition = new Condition(mutex);
    const controller = new AbortController();
    const waiting = waiter(mutex, condition, { signal: controller.signal });
    await flush();
    const permit = await mutex.acquire();
    condition.notify();
    await flush();
    permit.release();
    controller.abort(reason);
    await flush();
    expect(waiting.value).toBe(true);
    expect(mutex.stats().locked).toBe(false);
  });
});

test.each([
  [undefined, "undefined"],
  [{}, "Object"],
  [new Semaphore(1), "Semaphore"],
  ["mutex", '"mutex"'],
])("Condition: the mutex %o is refused", async (mutex, got) => {
  const make = (given: never): Condition => new Condition(given);
  expect(await rejection(untyped(make, mutex))).toEqual(
    new TypeError(`Condition: mutex must be a Mutex, got ${got}`),
  );
});
