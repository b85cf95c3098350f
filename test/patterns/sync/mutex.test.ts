import { describe, expect, test } from "vitest";
import { Mutex, Semaphore, sleep, timeout, type MutexAcquireOptions, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, deferred, flush, rejection } from "../../support/waiting.ts";

const reason = new Error("gave up");

describe("Mutex", () => {
  test("lets one in at a time, first come, first served", async () => {
    using clock = virtualTime();
    const mutex = new Mutex();
    const log: string[] = [];
    const visit = (name: string) =>
      mutex.execute(async () => {
        log.push(`${name} in`);
        await sleep(10);
        log.push(`${name} out`);
      });
    await clock.run(() => Promise.all([visit("a"), visit("b"), visit("c")]));
    expect(log).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
    expect(clock.now).toBe(30);
  });

  test("serves the higher priority first", async () => {
    const mutex = new Mutex();
    const permit = await mutex.acquire();
    const order: string[] = [];
    const all = [
      mutex.execute(() => order.push("low"), { priority: -1 }),
      mutex.execute(() => order.push("default")),
      mutex.execute(() => order.push("high"), { priority: 1 }),
      mutex.acquire({ priority: 2 }).then((highest) => {
        order.push("highest");
        return highest.release();
      }),
    ];
    permit.release();
    await Promise.all(all);
    expect(order).toEqual(["highest", "high", "default", "low"]);
  });

  test("says whether it is held and how many wait", async () => {
    const mutex = new Mutex();
    expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
    const permit = await mutex.acquire();
    const next = mutex.acquire();
    void mutex.execute(() => {});
    expect(mutex.stats()).toEqual({ locked: true, waiting: 2 });
    permit.release();
    expect(mutex.stats()).toEqual({ locked: true, waiting: 1 });
    (await next).release();
    await flush();
    expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
  });

  test("needs no timer: it works while a fake clock stands still", async () => {
    using clock = virtualTime();
    const mutex = new Mutex();
    const permit = mutex.tryAcquire();
    const next = observe(mutex.execute(() => "ran"));
    permit?.release();
    await clock.advance(0);
    expect(next.value).toBe("ran");
    expect(clock.pending).toEqual([]);
  });
});

describe("Mutex and release by a non-owner", () => {
  test("a mutex cannot be released, only a permit", () => {
    expect("release" in new Mutex()).toBe(false);
  });

  test("an old permit does not free the mutex of the next holder", async () => {
    const mutex = new Mutex();
    const old = await mutex.acquire();
    old.release();
    await mutex.acquire();
    old.release();
    old[Symbol.dispose]();
    expect(mutex.tryAcquire()).toBeUndefined();
    expect(mutex.stats().locked).toBe(true);
  });

  test("releasing twice lets in one, not two", async () => {
    const mutex = new Mutex();
    const permit = await mutex.acquire();
    const waiting = [observe(mutex.acquire()), observe(mutex.acquire())];
    permit.release();
    permit.release();
    await flush();
    expect(waiting.map((each) => each.status)).toEqual(["fulfilled", "pending"]);
  });

  test("the permit of one mutex frees no other", async () => {
    const [one, other] = [new Mutex(), new Mutex()];
    const permit = await one.acquire();
    await other.acquire();
    permit.release();
    expect([one.stats().locked, other.stats().locked]).toEqual([false, true]);
  });

  test("`using` gives it back at the end of the block, also by a throw", async () => {
    const mutex = new Mutex();
    const body = async (): Promise<void> => {
      using _ = await mutex.acquire();
      expect(mutex.stats().locked).toBe(true);
      throw new Error("in the block");
    };
    await expect(body()).rejects.toThrow("in the block");
    expect(mutex.stats().locked).toBe(false);
  });

  test("release works as a function of its own", async () => {
    const mutex = new Mutex();
    const { release } = await mutex.acquire();
    release();
    expect(mutex.stats().locked).toBe(false);
  });
});

describe("Mutex.tryAcquire()", () => {
  test("takes the mutex at once, or gives undefined", () => {
    const mutex = new Mutex();
    const permit = mutex.tryAcquire();
    expect(permit).toBeDefined();
    expect(mutex.tryAcquire()).toBeUndefined();
    permit?.release();
    expect(mutex.tryAcquire()).toBeDefined();
  });

  test("never takes what was passed on to one who waits", async () => {
    const mutex = new Mutex();
    const permit = await mutex.acquire();
    const next = observe(mutex.acquire());
    permit.release();
    expect(mutex.tryAcquire()).toBeUndefined();
    await flush();
    expect(next.status).toBe("fulfilled");
  });
});

describe("Mutex.execute()", () => {
  test("gives what the task gives: a value, a promise's, a thenable's", async () => {
    const mutex = new Mutex();
    expect(await mutex.execute(() => 1)).toBe(1);
    expect(await mutex.execute(async () => 2)).toBe(2);
    expect(await mutex.execute(() => thenable<number>((done) => done(3)))).toBe(3);
  });

  test.each([undefined, null, 0, "", new Error("failed")])(
    "rejects with %o, thrown or rejected",
    async (error) => {
      const mutex = new Mutex();
      const thrown = mutex.execute(() => {
        throw error;
      });
      expect(await rejection(thrown)).toBe(error);
      expect(await rejection(mutex.execute(() => Promise.reject(error)))).toBe(error);
      expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
    },
  );

  test("hands the caller's signal to the task, and attempt 1", async () => {
    const { signal } = new AbortController();
    const seen = await new Mutex().execute((context: TaskContext) => context, { signal });
    expect(seen.signal).toBe(signal);
    expect(seen.attempt).toBe(1);
  });

  test("makes no AbortController for a task that does not read its signal", async () => {
    const mutex = new Mutex();
    using counted = countControllers();
    await mutex.execute(() => {});
    expect(counted.made).toBe(0);
    expect(await mutex.execute(({ signal }) => signal.aborted)).toBe(false);
    expect(counted.made).toBe(1);
  });

  test("follows a started task to its end after an abort, and holds the mutex until then", async () => {
    const mutex = new Mutex();
    const controller = new AbortController();
    const work = deferred<string>();
    const running = observe(mutex.execute(() => work.promise, { signal: controller.signal }));
    await flush();
    controller.abort(reason);
    await flush();
    expect(running.status).toBe("pending");
    expect(mutex.stats().locked).toBe(true);
    work.resolve("finished after all");
    await flush();
    expect(running.value).toBe("finished after all");
    expect(mutex.stats().locked).toBe(false);
  });

  test("a timed-out task keeps the mutex until it really ends", async () => {
    using clock = virtualTime();
    const mutex = new Mutex();
    const late = observe(timeout(({ signal }) => mutex.execute(() => sleep(400), { signal }), 50));
    const next = observe(mutex.execute(() => performance.now()));
    await clock.advance(400);
    expect(late).toMatchObject({ status: "rejected", at: 50 });
    expect(next.value).toBe(400);
  });

  test("calls nothing and gives back when the abort comes between the grant and the start", async () => {
    const mutex = new Mutex();
    const permit = await mutex.acquire();
    const controller = new AbortController();
    let called = false;
    const waiting = mutex.execute(() => void (called = true), { signal: controller.signal });
    permit.release();
    controller.abort(reason);
    expect(await rejection(waiting)).toBe(reason);
    expect(called).toBe(false);
    expect(mutex.stats()).toEqual({ locked: false, waiting: 0 });
  });

  test("leaves no unhandled rejection when it fails", async () => {
    const mutex = new Mutex();
    expect(await complaints(() => rejection(mutex.execute(() => Promise.reject(reason))))).toEqual([]);
  });

  test("rejects with a TypeError for a task that is no function, and holds nothing", async () => {
    const mutex = new Mutex();
    const error = await rejection(untyped(mutex.execute.bind(mutex), Promise.resolve(1)));
    expect(error).toEqual(new TypeError("Mutex.execute: task must be a function, got Promise"));
    expect(mutex.stats().locked).toBe(false);
  });
});

describe("Mutex options", () => {
  test.each([
    [Number.NaN, new RangeError("Mutex: priority must be a number >= -Infinity, got NaN")],
    ["high", new TypeError('Mutex: priority must be a number >= -Infinity, got "high"')],
    [null, new TypeError("Mutex: priority must be a number >= -Infinity, got null")],
  ])("priority %o is refused", async (priority, error) => {
    const mutex = new Mutex();
    const options = { priority } as MutexAcquireOptions;
    expect(await rejection(mutex.acquire(options))).toEqual(error);
    expect(await rejection(mutex.execute(() => 1, options))).toEqual(error);
    expect(mutex.stats().locked).toBe(false);
  });

  test("a weight of more than one, which nobody could ever get, is refused", async () => {
    const mutex = new Mutex();
    const options: object = { weight: 5 };
    const error = new RangeError("Semaphore: weight must be at most the permits (1), got 5");
    expect(await rejection(mutex.acquire(options))).toEqual(error);
    expect(await rejection(mutex.execute(() => "ran", options))).toEqual(error);
  });

  test("a mutex is not a semaphore that could be resized", () => {
    expect(new Mutex()).not.toBeInstanceOf(Semaphore);
    expect("resize" in new Mutex()).toBe(false);
  });
});
