import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test } from "vitest";
import {
  AdaptiveLimiter,
  Bulkhead,
  compose,
  Mutex,
  retryPolicy,
  Semaphore,
  sleep,
  type TaskContext,
} from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { deferred, flush } from "../../support/waiting.ts";

const store = new AsyncLocalStorage<string>();

test("Semaphore.execute() runs a queued task in its own caller's context, not in the releaser's", async () => {
  const semaphore = new Semaphore(1);
  const work = deferred();
  const seen: (string | undefined)[] = [];
  const note = () => void seen.push(store.getStore());
  const holder = store.run("holder", () => semaphore.execute(() => work.promise));
  const queued = ["a", "b"].map((name) =>
    store.run(name, () =>
      semaphore.execute(async () => {
        note();
        await flush();
        note();
      }),
    ),
  );
  const outside = semaphore.execute(note);
  store.run("releaser", work.resolve);
  await Promise.all([holder, ...queued, outside]);
  expect(seen).toEqual(["a", "a", "b", "b", undefined]);
});

test("Semaphore.acquire() goes on in its own caller's context", async () => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const waiting = store.run("waiter", async () => {
    using _ = await semaphore.acquire();
    return store.getStore();
  });
  store.run("releaser", permit.release);
  expect(await waiting).toBe("waiter");
});

test("Semaphore.execute() runs a task in its caller's context that an abort has let in", async () => {
  const semaphore = new Semaphore(2);
  await semaphore.acquire();
  const controller = new AbortController();
  const heavy = semaphore.acquire({ weight: 2, signal: controller.signal }).catch(() => "gave up");
  const light = store.run("light", () => semaphore.execute(() => store.getStore()));
  store.run("aborter", () => controller.abort());
  expect(await heavy).toBe("gave up");
  expect(await light).toBe("light");
});

test.each([
  ["Semaphore", new Semaphore(1)],
  ["Bulkhead", new Bulkhead({ concurrency: 1, maxQueue: 1 })],
  ["AdaptiveLimiter", new AdaptiveLimiter({ initial: 1 })],
  ["Mutex", new Mutex()],
])("%s.execute() tells a task that had to wait which attempt it is", async (_, limiter) => {
  using clock = virtualTime();
  const attempts: number[] = [];
  const policy = compose(retryPolicy({ attempts: 3, backoff: 10 }), limiter);
  const task = ({ attempt }: TaskContext): void => {
    attempts.push(attempt);
    if (attempts.length < 3) throw new Error("503");
  };
  // Lets each attempt in only after a wait.
  const holding = async (): Promise<void> => {
    for (let n = 0; n < 3; n++) {
      using _held = await limiter.acquire();
      await sleep(15);
    }
  };
  await clock.run(() => Promise.all([holding(), policy.execute(task)]));
  expect(attempts).toEqual([1, 2, 3]);
  expect(clock.now).toBe(45);
});
