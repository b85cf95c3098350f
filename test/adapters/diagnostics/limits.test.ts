import { expect, test } from "vitest";
import {
  AdaptiveLimiter,
  Bulkhead,
  Condition,
  Mutex,
  RateLimiter,
  ReadWriteLock,
  Semaphore,
} from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { rejection } from "../../support/waiting.ts";
import { Heard } from "./hear.ts";

const fulls = [
  ["yieldpoint:semaphore", new Semaphore(1, { maxQueue: 1 })],
  ["yieldpoint:bulkhead", new Bulkhead({ concurrency: 1, maxQueue: 1 })],
  ["yieldpoint:adaptive-limiter", new AdaptiveLimiter({ max: 1, maxQueue: 1 })],
  ["yieldpoint:rate-limiter", new RateLimiter({ limit: 1, interval: 60_000, maxQueue: 1 })],
] as const;

test.each(fulls)("%s tells of one that is refused because the queue is full", async (name, source) => {
  using _ = virtualTime();
  using heard = new Heard(name);
  void source.acquire();
  void source.acquire();
  expect(heard.events()).toEqual(["granted", "queued"]);
  expect(await rejection(source.acquire())).toMatchObject({ code: "ERR_QUEUE_FULL" });
  expect(await rejection(source.execute(() => {}))).toMatchObject({ code: "ERR_QUEUE_FULL" });
  expect(heard.take()).toStrictEqual([
    { event: "rejected", source },
    { event: "rejected", source },
  ]);
});

test("a rate limiter tells of one that would have to wait too long", async () => {
  using clock = virtualTime();
  using heard = new Heard("yieldpoint:rate-limiter");
  const source = new RateLimiter({ limit: 1, interval: 100 });
  await source.acquire();
  await clock.advance(40);
  expect(await rejection(source.acquire({ maxWait: 59 }))).toMatchObject({ retryAfter: 60 });
  const entered = source.acquire({ maxWait: 60 });
  await clock.advance(60);
  await entered;
  expect(heard.take()).toStrictEqual([
    { event: "granted", source },
    { event: "rejected", source },
    { event: "queued", source },
    { event: "granted", source, wait: 60 },
  ]);
});

test.each([
  ["yieldpoint:semaphore", new Semaphore(1)],
  ["yieldpoint:rate-limiter", new RateLimiter({ limit: 1, interval: 60_000 })],
] as const)("%s tells of tryAcquire only if it is granted", (name, source) => {
  using heard = new Heard(name);
  source.tryAcquire();
  source.tryAcquire();
  expect(heard.take()).toStrictEqual([{ event: "granted", source }]);
});

test.each([
  ["yieldpoint:semaphore", new Semaphore(2)],
  ["yieldpoint:rate-limiter", new RateLimiter({ limit: 2, interval: 100 })],
] as const)("%s tells of a task as of a caller of acquire", async (name, source) => {
  using clock = virtualTime();
  using heard = new Heard(name);
  const slow = (): Promise<number> => new Promise((resolve) => setTimeout(resolve, 100, 1));
  const all = [source.execute(slow), source.execute(slow), source.execute(slow)];
  expect(heard.events()).toEqual(["granted", "granted", "queued"]);
  await clock.advance(200);
  expect(await Promise.all(all)).toEqual([1, 1, 1]);
  expect(heard.take()).toStrictEqual([{ event: "granted", source, wait: 100 }]);
});

test("a semaphore tells of those whom clear() turns away, and whom a resize leaves no room", async () => {
  using clock = virtualTime();
  using heard = new Heard("yieldpoint:semaphore");
  const source = new Semaphore(3);
  using _ = await source.acquire({ weight: 3 });
  const failed = [rejection(source.acquire()), rejection(source.execute(() => {}, { weight: 2 }))];
  heard.take();
  await clock.advance(10);
  source.clear("closing");
  expect(await Promise.all(failed)).toEqual(["closing", "closing"]);
  expect(heard.take()).toStrictEqual([
    { event: "left", source, wait: 10 },
    { event: "left", source, wait: 10 },
  ]);
  const heavy = rejection(source.acquire({ weight: 3 }));
  await clock.advance(5);
  source.resize(2);
  expect(await heavy).toBeInstanceOf(RangeError);
  expect(heard.take()).toStrictEqual([
    { event: "queued", source },
    { event: "left", source, wait: 5 },
  ]);
});

test("a semaphore tells nothing of wrong arguments, of releases, and of being paused", async () => {
  using heard = new Heard("yieldpoint:semaphore");
  const source = new Semaphore(1);
  await rejection(source.acquire({ weight: 2 }));
  await rejection(source.acquire({ priority: NaN }));
  (await source.acquire()).release();
  expect(heard.events()).toEqual(["granted"]);
  source.pause();
  source.resume();
  await source.onIdle();
  expect(heard.messages).toEqual([]);
});

test("a class that extends Semaphore tells on its channel", () => {
  class Pool extends Semaphore {}
  using heard = new Heard("yieldpoint:semaphore");
  const source = new Pool(1);
  source.tryAcquire();
  expect(heard.take()).toStrictEqual([{ event: "granted", source }]);
});

test("a read-write lock tells of readers, too", async () => {
  using clock = virtualTime();
  using heard = new Heard("yieldpoint:read-write-lock");
  const source = new ReadWriteLock();
  const permit = await source.write();
  const reading = source.read();
  await clock.advance(20);
  permit.release();
  await reading;
  expect(heard.take()).toStrictEqual([
    { event: "granted", source },
    { event: "queued", source },
    { event: "granted", source, wait: 20 },
  ]);
});

test("a mutex tells of one that is notified by a condition as it asks for the mutex again", async () => {
  using clock = virtualTime();
  using heard = new Heard("yieldpoint:mutex");
  const source = new Mutex();
  const filled = new Condition(source);
  const waiting = source.execute(() => filled.wait());
  await clock.advance(10);
  const filling = source.execute(async () => {
    filled.notify();
    await new Promise((resolve) => setTimeout(resolve, 5));
  });
  await clock.advance(5);
  await Promise.all([waiting, filling]);
  expect(heard.take()).toStrictEqual([
    { event: "granted", source },
    { event: "granted", source },
    { event: "queued", source },
    { event: "granted", source, wait: 5 },
  ]);
});
