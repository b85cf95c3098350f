import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, expectTypeOf, test } from "vitest";
import { QueueFullError, Semaphore } from "yieldpoint";
import { observe } from "yieldpoint/testing";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";

const reason = new Error("shutting down");

describe("Semaphore.pause() and resume()", () => {
  test("paused, it lets nobody in, and goes on in order when resumed", async () => {
    const semaphore = new Semaphore(2);
    expect(semaphore.paused).toBe(false);
    semaphore.pause();
    expect(semaphore.paused).toBe(true);
    const entered: string[] = [];
    const all = ["a", "b", "c"].map((name) => semaphore.execute(() => entered.push(name)));
    const permit = observe(semaphore.acquire());
    expect(semaphore.tryAcquire()).toBeUndefined();
    await flush();
    expect(entered).toEqual([]);
    expect(semaphore.stats()).toEqual({ permits: 2, held: 0, waiting: 4 });
    semaphore.resume();
    expect(semaphore.paused).toBe(false);
    expect(entered).toEqual([]);
    expect(semaphore.stats()).toEqual({ permits: 2, held: 2, waiting: 2 });
    await Promise.all(all);
    await flush();
    expect(entered).toEqual(["a", "b", "c"]);
    expect(permit.status).toBe("fulfilled");
  });

  test("holders stay, and what they give back is not passed on before the resume", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const waiting = observe(semaphore.acquire());
    semaphore.pause();
    permit.release();
    await flush();
    expect(waiting.status).toBe("pending");
    expect(semaphore.stats()).toEqual({ permits: 1, held: 0, waiting: 1 });
    semaphore.resume();
    await flush();
    expect(waiting.status).toBe("fulfilled");
  });

  test("paused, a full queue refuses, and who gives up is rejected at once", async () => {
    const semaphore = new Semaphore(1, { maxQueue: 1 });
    semaphore.pause();
    const controller = new AbortController();
    const waiting = observe(semaphore.acquire({ signal: controller.signal }));
    expect(await rejection(semaphore.acquire())).toBeInstanceOf(QueueFullError);
    controller.abort(reason);
    await flush();
    expect(waiting.reason).toBe(reason);
    expect(semaphore.stats().waiting).toBe(0);
  });

  test("a resize while paused lets nobody in", async () => {
    const semaphore = new Semaphore(1);
    semaphore.pause();
    const waiting = observe(semaphore.acquire());
    semaphore.resize(5);
    await flush();
    expect(waiting.status).toBe("pending");
  });

  test("pausing or resuming twice is the same as once", async () => {
    const semaphore = new Semaphore(1);
    semaphore.pause();
    semaphore.pause();
    semaphore.resume();
    semaphore.resume();
    expect(await semaphore.execute(() => "in")).toBe("in");
    expect(semaphore.stats().held).toBe(0);
  });
});

describe("Semaphore.clear()", () => {
  test("every waiter rejects with the reason itself, and holders stay", async () => {
    const semaphore = new Semaphore(1);
    const work = deferred<string>();
    const held = semaphore.execute(() => work.promise);
    const { signal } = new AbortController();
    let called = false;
    const task = () => void (called = true);
    const waiting = [
      semaphore.acquire(),
      semaphore.execute(task),
      semaphore.acquire({ priority: 1 }),
      semaphore.execute(task, { signal }),
    ].map(rejection);
    semaphore.clear(reason);
    expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 0 });
    expect(listeners(signal)).toBe(0);
    expect(await Promise.all(waiting)).toEqual([reason, reason, reason, reason]);
    work.resolve("finished");
    expect(await held).toBe("finished");
    expect(called).toBe(false);
    expect(semaphore.stats()).toEqual({ permits: 1, held: 0, waiting: 0 });
    expect(await semaphore.execute(() => "as new")).toBe("as new");
  });

  test.each([null, 0, "", false])("rejects with the falsy reason %j", async (falsy) => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const waiting = [semaphore.acquire(), semaphore.execute(() => 1)].map(rejection);
    semaphore.clear(falsy);
    expect(await Promise.all(waiting)).toEqual([falsy, falsy]);
  });

  test("without a reason it is an AbortError", async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const waiting = rejection(semaphore.acquire());
    semaphore.clear();
    expect(await waiting).toMatchObject({ name: "AbortError" });
  });

  test("with nobody waiting it does nothing, and complains of nothing", async () => {
    const found = await complaints(() => {
      const semaphore = new Semaphore(1);
      semaphore.clear(reason);
      expect(semaphore.tryAcquire()).toBeDefined();
    });
    expect(found).toEqual([]);
  });

  test("an abort after it changes nothing", async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const controller = new AbortController();
    const waiting = rejection(semaphore.acquire({ signal: controller.signal }));
    semaphore.clear(reason);
    controller.abort(new Error("too late"));
    expect(await waiting).toBe(reason);
    expect(semaphore.stats()).toEqual({ permits: 1, held: 1, waiting: 0 });
  });

  test("those whose permit was granted before keep it, and start", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const granted = semaphore.execute(() => "started");
    permit.release();
    semaphore.clear(reason);
    expect(await granted).toBe("started");
  });

  test("settles 10,000 waiters, and leaves no unhandled rejection where each is handled", async () => {
    const found = await complaints(async () => {
      const semaphore = new Semaphore(1);
      await semaphore.acquire();
      const all = Array.from({ length: 10_000 }, (_, n) =>
        rejection(n % 2 ? semaphore.acquire() : semaphore.execute(() => n)),
      );
      semaphore.clear(reason);
      expect(new Set(await Promise.all(all))).toEqual(new Set([reason]));
    });
    expect(found).toEqual([]);
  });

  test("one that comes after it waits as usual", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const cleared = rejection(semaphore.acquire());
    semaphore.clear(reason);
    const next = observe(semaphore.acquire());
    expect(await cleared).toBe(reason);
    expect(next.status).toBe("pending");
    permit.release();
    await flush();
    expect(next.status).toBe("fulfilled");
  });
});

describe("Semaphore.onIdle()", () => {
  test("resolves at once where nothing is held and nobody waits", async () => {
    expect(await new Semaphore(1).onIdle()).toBeUndefined();
  });

  test("resolves when the last holder has left, and for all who wait for it", async () => {
    const semaphore = new Semaphore(2);
    const first = await semaphore.acquire();
    const second = await semaphore.acquire();
    const third = semaphore.acquire();
    const idle = [observe(semaphore.onIdle()), observe(semaphore.onIdle())];
    first.release();
    second.release();
    await flush();
    expect(idle.map((each) => each.status)).toEqual(["pending", "pending"]);
    (await third).release();
    await flush();
    expect(idle.map((each) => each.status)).toEqual(["fulfilled", "fulfilled"]);
  });

  test("is asked anew for each busy time", async () => {
    const semaphore = new Semaphore(1);
    for (let round = 0; round < 2; round++) {
      const permit = await semaphore.acquire();
      const idle = observe(semaphore.onIdle());
      await flush();
      expect(idle.status).toBe("pending");
      permit.release();
      await flush();
      expect(idle.status).toBe("fulfilled");
    }
  });

  test("resolves after tasks that fail, too", async () => {
    const semaphore = new Semaphore(1);
    const failing = rejection(semaphore.execute(() => Promise.reject(reason)));
    await semaphore.onIdle();
    expect(await failing).toBe(reason);
  });

  test("paused, it is not idle while somebody waits; cleared, it is", async () => {
    const semaphore = new Semaphore(1);
    semaphore.pause();
    const waiting = rejection(semaphore.acquire());
    const idle = observe(semaphore.onIdle());
    await flush();
    expect(idle.status).toBe("pending");
    semaphore.clear(reason);
    await flush();
    expect(idle.status).toBe("fulfilled");
    expect(await waiting).toBe(reason);
  });

  test("paused, it is idle when the last who waits has given up", async () => {
    const semaphore = new Semaphore(1);
    semaphore.pause();
    const controller = new AbortController();
    const waiting = rejection(semaphore.acquire(controller));
    const idle = observe(semaphore.onIdle());
    controller.abort(reason);
    await flush();
    expect(idle.status).toBe("fulfilled");
    expect(await waiting).toBe(reason);
  });

  test("is not idle while a holder of a cleared queue works on", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const waiting = rejection(semaphore.acquire());
    const idle = observe(semaphore.onIdle());
    semaphore.clear(reason);
    await waiting;
    await flush();
    expect(idle.status).toBe("pending");
    permit.release();
    await flush();
    expect(idle.status).toBe("fulfilled");
  });

  test("rejects with the reason itself when aborted before, and during the wait, and leaves no listener", async () => {
    const semaphore = new Semaphore(1);
    expect(await rejection(semaphore.onIdle({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    const permit = await semaphore.acquire();
    const controller = new AbortController();
    const waiting = rejection(semaphore.onIdle(controller));
    const other = observe(semaphore.onIdle());
    expect(listeners(controller.signal)).toBe(1);
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    expect(listeners(controller.signal)).toBe(0);
    expect(other.status).toBe("pending");
    permit.release();
    await flush();
    expect(other.status).toBe("fulfilled");
  });

  test("goes on in its own caller's AsyncLocalStorage context", async () => {
    const store = new AsyncLocalStorage<string>();
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const seen = store.run("waiter", async () => {
      await semaphore.onIdle();
      return store.getStore();
    });
    store.run("releaser", permit.release);
    expect(await seen).toBe("waiter");
  });
});

test("Semaphore: types of pause, clear and onIdle", () => {
  const semaphore = new Semaphore(1);
  expectTypeOf(semaphore.onIdle()).toEqualTypeOf<Promise<void>>();
  expectTypeOf(semaphore.paused).toEqualTypeOf<boolean>();
  expectTypeOf(semaphore.clear).parameters.toEqualTypeOf<[reason?: unknown]>();
});

test("Semaphore names itself", () => {
  expect(Object.prototype.toString.call(new Semaphore(1))).toBe("[object Semaphore]");
});
