import { describe, expect, test } from "vitest";
import {
  AdaptiveLimiter,
  Bulkhead,
  Mutex,
  QueueFullError,
  ReadWriteLock,
  Semaphore,
  timeout,
  TimeoutError,
  type AbortOptions,
  type Permit,
  type Task,
} from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { rejection } from "../../support/waiting.ts";

/** Something for one holder. */
interface Lock {
  readonly acquire: (options?: AbortOptions) => Promise<Permit>;
  readonly isHeld: () => boolean;
}

const semaphores: readonly [name: string, make: () => Semaphore][] = [
  ["Semaphore", () => new Semaphore(1)],
  ["Bulkhead", () => new Bulkhead({ concurrency: 1, maxQueue: 5 })],
  ["AdaptiveLimiter", () => new AdaptiveLimiter({ max: 1 })],
];

function lockOf(semaphore: Semaphore): Lock {
  return {
    acquire: (options) => semaphore.acquire(options),
    isHeld: () => semaphore.stats().held > 0,
  };
}

const locks: readonly [name: string, make: () => Lock][] = [
  ...semaphores.map(([name, make]): [string, () => Lock] => [name, () => lockOf(make())]),
  [
    "Mutex",
    () => {
      const mutex = new Mutex();
      return { acquire: (options) => mutex.acquire(options), isHeld: () => mutex.stats().locked };
    },
  ],
  [
    "ReadWriteLock.write()",
    () => {
      const lock = new ReadWriteLock();
      return { acquire: (options) => lock.write(options), isHeld: () => lock.stats().writing };
    },
  ],
];

describe.each(locks)("%s and a time for the wait", (_name, make) => {
  test("is no time for the hold: what was granted is held until it is released", async () => {
    using clock = virtualTime();
    const lock = make();
    const first = await lock.acquire();
    const second = observe(lock.acquire({ signal: AbortSignal.timeout(50) }));
    await clock.advance(20);
    first.release();
    await clock.advance(0);
    expect(second).toMatchObject({ status: "fulfilled", at: 20 });
    const third = observe(lock.acquire());
    await clock.advance(1_000_000);
    expect(third.status).toBe("pending");
    expect(lock.isHeld()).toBe(true);
    second.value?.release();
    await clock.advance(0);
    expect(third.status).toBe("fulfilled");
    expect(clock.pending).toEqual([]);
  });

  test("also where it need not wait", async () => {
    using clock = virtualTime();
    const lock = make();
    const permit = await lock.acquire({ signal: AbortSignal.timeout(50) });
    await clock.advance(1_000);
    expect(lock.isHeld()).toBe(true);
    permit.release();
    expect(lock.isHeld()).toBe(false);
  });

  test("over before the grant: the holder keeps it, and the next one gets it after him", async () => {
    using clock = virtualTime();
    const lock = make();
    const permit = await lock.acquire();
    const late = observe(lock.acquire({ signal: AbortSignal.timeout(50) }));
    const next = observe(lock.acquire());
    await clock.advance(60);
    expect(late).toMatchObject({ status: "rejected", at: 50, reason: { name: "TimeoutError" } });
    expect(next.status).toBe("pending");
    expect(lock.isHeld()).toBe(true);
    permit.release();
    await clock.advance(0);
    expect(next.status).toBe("fulfilled");
  });
});

type Execute = <T>(task: Task<T>, options?: AbortOptions) => Promise<T>;

const executors: readonly [name: string, make: () => { execute: Execute; stats: () => object }][] = [
  ...semaphores,
  ["Mutex", () => new Mutex()],
];

describe.each(executors)("%s.execute() within itself", (_name, make) => {
  test("waits for itself, can be given up, and leaves all as it was", async () => {
    using clock = virtualTime();
    const limiter = make();
    const idle = limiter.stats();
    let called = false;
    const inner: Task<void> = () => void (called = true);
    const outer = observe(
      limiter.execute(async () => {
        const error = await rejection(timeout((context) => limiter.execute(inner, context), 50));
        expect(error).toBeInstanceOf(TimeoutError);
        return "outer";
      }),
    );
    const next = observe(limiter.execute(() => "next"));
    await clock.advance(49);
    expect(outer.status).toBe("pending");
    expect(limiter.stats()).toMatchObject({ waiting: 2 });
    await clock.advance(1);
    expect(outer).toMatchObject({ value: "outer", at: 50 });
    expect(next).toMatchObject({ value: "next", at: 50 });
    expect(called).toBe(false);
    expect(limiter.stats()).toMatchObject(idle);
    expect(clock.pending).toEqual([]);
  });
});

test("Bulkhead.execute() within itself is refused at once where nobody may wait", async () => {
  const bulkhead = new Bulkhead({ concurrency: 1 });
  const outer = bulkhead.execute(() => bulkhead.execute(() => "inner"));
  expect(await rejection(outer)).toBeInstanceOf(QueueFullError);
  expect(bulkhead.stats()).toEqual({ permits: 1, held: 0, waiting: 0 });
});

test("ReadWriteLock.write() of a reader waits for himself, can be given up, and lets readers in again then", async () => {
  using clock = virtualTime();
  const lock = new ReadWriteLock();
  const reading = await lock.read();
  const upgrade = observe(lock.write({ signal: AbortSignal.timeout(50) }));
  const behind = observe(lock.read());
  await clock.advance(49);
  expect(behind.status).toBe("pending");
  await clock.advance(1);
  expect(upgrade.status).toBe("rejected");
  expect(behind).toMatchObject({ status: "fulfilled", at: 50 });
  reading.release();
  expect(lock.stats()).toEqual({ readers: 1, writing: false, waiting: 0 });
});
