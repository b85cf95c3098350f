import { AsyncLocalStorage } from "node:async_hooks";
import {
  Bulkhead,
  CircuitBreaker,
  compose,
  consecutive,
  Mutex,
  RateLimiter,
  Semaphore,
  sleep,
  timeoutPolicy,
  type Policy,
  type Task,
} from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";

/** Tells when it lets a task in and out. */
function noting(name: string, told: string[]): Policy {
  return {
    async execute(task, options) {
      told.push(`${name} in`);
      try {
        return await new Semaphore(1).execute(task, options);
      } finally {
        told.push(`${name} out`);
      }
    },
  };
}

/** Calls the task up to three times, in a scope of its own making, as a user would write it. */
const again: Policy = {
  async execute(task, { signal = new AbortController().signal } = {}) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await task({ signal, attempt });
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
  },
};

test("compose() calls the policies from the first to the last, and then the task", async () => {
  const told: string[] = [];
  const policy = compose(noting("a", told), noting("b", told), noting("c", told));
  expect(await policy.execute(() => told.push("task"))).toBe(4);
  expect(told).toEqual(["a in", "b in", "c in", "task", "c out", "b out", "a out"]);
});

test("compose() hands the innermost policy the task itself", async () => {
  const task = (): number => 1;
  let handed: unknown;
  const inmost: Policy = {
    execute(given, options) {
      handed = given;
      return new Semaphore(1).execute(given, options);
    },
  };
  expect(await compose(new Semaphore(1), inmost).execute(task)).toBe(1);
  expect(handed).toBe(task);
});

test("compose() of nothing calls the task, with the caller's signal", async () => {
  const { signal } = new AbortController();
  const seen = await compose().execute((context) => context, { signal });
  expect(seen.signal).toBe(signal);
  expect(seen.attempt).toBe(1);
  expect(await compose().execute(() => 1)).toBe(1);
});

test("a composed policy can be composed again, and used for many tasks at once", async () => {
  const semaphore = new Semaphore(2);
  const policy = compose(compose(timeoutPolicy(1_000)), compose(semaphore, compose()));
  const open = deferred<string>();
  const calls = [1, 2, 3].map(() => policy.execute(() => open.promise));
  expect(semaphore.stats()).toMatchObject({ held: 2, waiting: 1 });
  open.resolve("done");
  expect(await Promise.all(calls)).toEqual(["done", "done", "done"]);
  expect(semaphore.stats()).toMatchObject({ held: 0, waiting: 0 });
});

test("the task is called with the attempt of the repetition around it", async () => {
  const attempts: number[] = [];
  const fail: Task<never> = ({ attempt }) => {
    attempts.push(attempt);
    throw new Error(`attempt ${attempt}`);
  };
  const inside = compose(
    new CircuitBreaker(),
    timeoutPolicy(1_000),
    new Semaphore(1),
    new RateLimiter({ limit: 9, interval: 1 }),
  );
  expect(await rejection(compose(again, inside).execute(fail))).toEqual(new Error("attempt 3"));
  expect(attempts).toEqual([1, 2, 3]);
});

test("composed policies make no AbortController for a task that does not read its signal", async () => {
  using controllers = countControllers();
  const gate = new Semaphore(1);
  const policy = compose(
    timeoutPolicy(1_000),
    new CircuitBreaker(),
    timeoutPolicy(500),
    new RateLimiter({ limit: 10, interval: 1_000 }),
    gate,
    new Mutex(),
    new Bulkhead({ concurrency: 1, maxQueue: 1 }),
  );
  // The second one waits for the first, and so listens.
  expect(await Promise.all([policy.execute(() => 1), policy.execute(() => 2)])).toEqual([1, 2]);
  expect(controllers.made).toBe(0);
  expect(await policy.execute(({ signal }) => signal.aborted)).toBe(false);
  expect(controllers.made).toBe(1);
});

describe("in virtual time", () => {
  test("a deadline around a queue ends the wait in it, and takes no permit", async () => {
    using clock = virtualTime();
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const policy = compose(timeoutPolicy(100), semaphore);
    await clock.run(async () => {
      expect(await rejection(policy.execute(() => "never"))).toMatchObject({ code: "ERR_TIMEOUT" });
    });
    expect(clock.now).toBe(100);
    expect(semaphore.stats()).toMatchObject({ held: 1, waiting: 0 });
    permit.release();
    expect(semaphore.stats().held).toBe(0);
  });

  test("a task that a deadline let go holds its slot in a bulkhead inside until it is over", async () => {
    using clock = virtualTime();
    const bulkhead = new Bulkhead({ concurrency: 1 });
    const policy = compose(timeoutPolicy(10), bulkhead);
    await clock.run(async () => {
      expect(await rejection(policy.execute(() => sleep(100)))).toMatchObject({ code: "ERR_TIMEOUT" });
      expect(await rejection(policy.execute(() => "two"))).toMatchObject({ code: "ERR_QUEUE_FULL" });
      await sleep(90);
      expect(await policy.execute(() => "three")).toBe("three");
    });
  });

  test("a hanging call trips the breaker around its deadline, and not the breaker inside", async () => {
    using clock = virtualTime();
    const [outside, inside] = [1, 2].map(() => new CircuitBreaker({ trip: consecutive(1) })) as [
      CircuitBreaker,
      CircuitBreaker,
    ];
    const policy = compose(outside, timeoutPolicy(10), inside);
    const hang: Task<void> = ({ signal }) => sleep(1_000, { signal });
    await clock.run(async () => {
      expect(await rejection(policy.execute(hang))).toMatchObject({ code: "ERR_TIMEOUT" });
      await sleep(1);
    });
    expect(outside.state).toBe("open");
    expect(inside.state).toBe("closed");
    expect(inside.stats().ignored).toBe(1);
  });

  test("the outer of two deadlines tells what runs in the inner one, with its own error", async () => {
    using clock = virtualTime();
    let reason: unknown;
    const policy = compose(timeoutPolicy(10), timeoutPolicy(20));
    await clock.run(async () => {
      const error = await rejection(
        policy.execute(async ({ signal }) => {
          await sleep(100, { signal }).catch(() => {});
          reason = signal.reason;
        }),
      );
      expect(error).toMatchObject({ code: "ERR_TIMEOUT", ms: 10 });
      await sleep(0);
      expect(reason).toBe(error);
    });
    expect(clock.now).toBe(10);
  });
});

describe("an abort by the caller", () => {
  test("before the call runs nothing", async () => {
    let calls = 0;
    const reason = new Error("gone");
    const policy = compose(timeoutPolicy(10), new Semaphore(1));
    const signal = AbortSignal.abort(reason);
    expect(await rejection(policy.execute(() => calls++, { signal }))).toBe(reason);
    expect(calls).toBe(0);
  });

  test("reaches a wait in the innermost policy, with the reason itself, and leaves nothing behind", async () => {
    const controller = new AbortController();
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const policy = compose(new CircuitBreaker(), timeoutPolicy(60_000), new Mutex(), semaphore);
    const found = await complaints(async () => {
      const waiting = policy.execute(() => "never", { signal: controller.signal });
      await flush();
      expect(semaphore.stats().waiting).toBe(1);
      expect(listeners(controller.signal)).toBe(1);
      controller.abort(undefined);
      expect(await rejection(waiting)).toBe(controller.signal.reason);
      await flush();
    });
    expect(found).toEqual([]);
    expect(semaphore.stats().waiting).toBe(0);
    expect(listeners(controller.signal)).toBe(0);
    permit.release();
  });

  test("reaches a running task through all the policies", async () => {
    const controller = new AbortController();
    const policy = compose(timeoutPolicy(60_000), timeoutPolicy(50_000), new Semaphore(1));
    const seen = deferred<unknown>();
    const running = policy.execute(
      ({ signal }) => new Promise(() => signal.addEventListener("abort", () => seen.resolve(signal.reason))),
      { signal: controller.signal },
    );
    controller.abort("enough");
    expect(await rejection(running)).toBe("enough");
    expect(await seen.promise).toBe("enough");
    expect(listeners(controller.signal)).toBe(0);
  });

  test("ends 10,000 waits at once, with one listener on the signal", async () => {
    const controller = new AbortController();
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    const policy = compose(timeoutPolicy(60_000), semaphore);
    const calls = Array.from({ length: 10_000 }, () =>
      policy.execute(() => "never", { signal: controller.signal }),
    );
    await flush();
    expect(listeners(controller.signal)).toBe(1);
    controller.abort("enough");
    expect(new Set(await Promise.all(calls.map(rejection)))).toEqual(new Set(["enough"]));
    expect(semaphore.stats()).toMatchObject({ held: 1, waiting: 0 });
    expect(listeners(controller.signal)).toBe(0);
    permit.release();
  });
});

test("a sync throw, a falsy error and a plain result come through", async () => {
  const policy = compose(timeoutPolicy(1_000), new CircuitBreaker(), new Semaphore(1));
  const fail: Task<never> = () => {
    throw undefined;
  };
  expect(await rejection(policy.execute(fail))).toBeUndefined();
  expect(await rejection(compose().execute(fail))).toBeUndefined();
  expect(await policy.execute(() => 0)).toBe(0);
});

test("the task, and whatever hears of an abort, have the caller's AsyncLocalStorage context", async () => {
  const storage = new AsyncLocalStorage<string>();
  // On the real clock, where the two share a timer.
  const policy = compose(timeoutPolicy(5), timeoutPolicy(1_000), new Semaphore(2));
  const told: string[] = [];
  const call = (name: string): Promise<unknown> =>
    storage.run(name, () =>
      rejection(
        policy.execute(({ signal }) => {
          told.push(`${name} runs in ${storage.getStore()}`);
          const hear = (): unknown => told.push(`${name} is told in ${storage.getStore()}`);
          return new Promise(() => signal.addEventListener("abort", hear));
        }),
      ),
    );
  await Promise.all([call("a"), call("b")]);
  expect(told).toEqual(["a runs in a", "b runs in b", "a is told in a", "b is told in b"]);
});

test.each([
  [[undefined], "compose: policy 1 must be a Policy, got undefined"],
  [[null], "compose: policy 1 must be a Policy, got null"],
  [[new Semaphore(1), () => 1], "compose: policy 2 must be a Policy, got Function"],
  [[{ execute: 5 }], "compose: policy 1 must be a Policy, got Object"],
])("compose(%o) is refused", (policies, message) => {
  expect(() => compose(...(policies as Policy[]))).toThrow(new TypeError(message));
});

test("what is no task is refused", async () => {
  const promise = Promise.resolve(1) as unknown as Task<number>;
  expect(await rejection(compose(new Semaphore(1)).execute(promise))).toEqual(
    new TypeError("compose.execute: task must be a function, got Promise"),
  );
});
