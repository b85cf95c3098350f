import { expect, test } from "vitest";
import { Bulkhead, CircuitBreaker, consecutive, RateLimiter, Semaphore, type Permit } from "yieldpoint";
import { subscribe } from "yieldpoint/diagnostics";
import { virtualTime } from "yieldpoint/testing";
import { call } from "../../support/breaker.ts";
import { flush, rejection } from "../../support/waiting.ts";
import { Heard } from "./hear.ts";

// A listener is called in the middle of what it hears of, so it must find things as they are, and may change them.

test("a listener that hears of a waiter finds it in line, and may free its permit", async () => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const waiting: number[] = [];
  using _ = subscribe("yieldpoint:semaphore", ({ event, source }) => {
    waiting.push(source.stats().waiting);
    if (event === "queued") permit.release();
  });
  (await semaphore.acquire()).release();
  expect(waiting).toEqual([1, 0]);
  expect(semaphore.stats()).toEqual({ permits: 1, held: 0, waiting: 0 });
});

test("a listener that hears of a grant finds the permit taken", async () => {
  const held: number[] = [];
  using _ = subscribe("yieldpoint:semaphore", ({ source }) => held.push(source.stats().held));
  const semaphore = new Semaphore(2);
  await semaphore.acquire();
  semaphore.tryAcquire();
  expect(held).toEqual([1, 2]);
});

test("a listener may ask for a permit itself, as for any other", async () => {
  const semaphore = new Semaphore(2);
  const own: Promise<Permit>[] = [];
  let asked = 0;
  const subscription = subscribe("yieldpoint:semaphore", ({ source }) => {
    if (asked++ < 3) own.push(source.acquire());
  });
  const permit = await semaphore.acquire();
  subscription.unsubscribe();
  expect(semaphore.stats()).toEqual({ permits: 2, held: 2, waiting: 2 });
  permit.release();
  await Promise.all(own.map(async (each) => (await each).release()));
  expect(semaphore.stats()).toEqual({ permits: 2, held: 0, waiting: 0 });
});

test("a listener that hears of a refusal may make room, for the next caller", async () => {
  const bulkhead = new Bulkhead({ concurrency: 1 });
  await bulkhead.acquire();
  using _ = subscribe("yieldpoint:bulkhead", ({ event, source }) => {
    if (event === "rejected") source.resize(2);
  });
  expect(await rejection(bulkhead.acquire())).toMatchObject({ code: "ERR_QUEUE_FULL" });
  await bulkhead.acquire();
  expect(bulkhead.stats()).toEqual({ permits: 2, held: 2, waiting: 0 });
});

test("a listener of a rate limiter finds the grant spent, and may ask itself", async () => {
  using clock = virtualTime();
  const used: number[] = [];
  const limiter = new RateLimiter({ limit: 2, interval: 100 });
  using _ = subscribe("yieldpoint:rate-limiter", ({ source }) => {
    used.push(source.stats().used);
    source.tryAcquire();
  });
  await limiter.acquire();
  expect(used).toEqual([1, 2]);
  const third = limiter.acquire();
  await clock.advance(100);
  await third;
  expect(limiter.stats()).toEqual({ available: 0, used: 2, waiting: 0 });
});

test("a listener that hears of a failure may shut the circuit by hand", async () => {
  using heard = new Heard("yieldpoint:circuit-breaker");
  const breaker = new CircuitBreaker({ trip: consecutive(1) });
  let handle: Disposable | undefined;
  using _ = subscribe("yieldpoint:circuit-breaker", ({ event, source }) => {
    if (event === "failures") handle ??= source.isolate();
  });
  await call(breaker, "fail");
  expect(breaker.state).toBe("isolated");
  handle?.[Symbol.dispose]();
  expect(breaker.state).toBe("open");
  await flush();
  expect(heard.take().map((message) => (message.event === "state" ? message.to : message.event))).toEqual([
    "failures",
    "isolated",
    "open",
  ]);
});
