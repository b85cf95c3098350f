import {
  abortable,
  any,
  asCompleted,
  AsyncEvent,
  AsyncQueue,
  background,
  Barrier,
  batch,
  buffer,
  Condition,
  fromWebStream,
  gather,
  gatherSettled,
  mapConcurrent,
  mapStream,
  merge,
  moveOnAfter,
  Mutex,
  race,
  RateLimiter,
  ReadWriteLock,
  Semaphore,
  shield,
  sleep,
  taskGroup,
  timeout,
  toWebStream,
  wait,
  workerPool,
} from "yieldpoint";
import { describe, expect, test } from "vitest";
import { complaints, rejection } from "../../support/waiting.ts";

function filled(): AsyncQueue<number> {
  const queue = new AsyncQueue<number>();
  queue.tryPut(1);
  return queue;
}

async function waitForCondition(signal: AbortSignal): Promise<void> {
  const mutex = new Mutex();
  const condition = new Condition(mutex);
  const permit = mutex.tryAcquire();
  const waiting = condition.wait({ signal });
  condition.notify();
  await waiting;
  permit?.release();
}

/** None of these calls need wait for anything. */
const calls: readonly [name: string, call: (signal: AbortSignal) => PromiseLike<unknown>][] = [
  ["abortable()", (signal) => abortable(Promise.resolve(), signal)],
  ["any()", (signal) => any([() => 1], { signal })],
  ["asCompleted()", (signal) => asCompleted([() => 1], { signal }).next()],
  ["AsyncEvent.wait()", (signal) => setEvent().wait({ signal })],
  ["AsyncQueue.get()", (signal) => filled().get({ signal })],
  ["AsyncQueue.put()", (signal) => new AsyncQueue().put(1, { signal })],
  ["AsyncQueue.values()", (signal) => filled().values({ signal }).next()],
  ["background() drain()", (signal) => background({ onError: () => {} }).drain({ signal })],
  ["Barrier.arrive()", (signal) => new Barrier(1).arrive({ signal })],
  ["batch()", (signal) => batch([1], { size: 1, signal }).next()],
  ["buffer()", (signal) => buffer([1], 1, { signal }).next()],
  ["Condition.wait()", waitForCondition],
  ["fromWebStream()", (signal) => fromWebStream(toWebStream([1]), { signal }).next()],
  ["gather()", (signal) => gather([() => 1], { signal })],
  ["gatherSettled()", (signal) => gatherSettled([() => 1], { signal })],
  ["mapConcurrent()", (signal) => mapConcurrent([1], () => 1, { signal })],
  ["mapStream()", (signal) => mapStream([1], () => 1, { signal }).next()],
  ["merge()", (signal) => merge([[1]], { signal }).next()],
  ["moveOnAfter()", (signal) => moveOnAfter(() => 1, 5, { signal })],
  ["Mutex.acquire()", (signal) => new Mutex().acquire({ signal })],
  ["Mutex.execute()", (signal) => new Mutex().execute(() => 1, { signal })],
  ["race()", (signal) => race([() => 1], { signal })],
  ["RateLimiter.acquire()", (signal) => new RateLimiter({ limit: 1, interval: 1 }).acquire({ signal })],
  [
    "RateLimiter.execute()",
    (signal) => new RateLimiter({ limit: 1, interval: 1 }).execute(() => 1, { signal }),
  ],
  ["ReadWriteLock.read()", (signal) => new ReadWriteLock().read({ signal })],
  ["ReadWriteLock.write()", (signal) => new ReadWriteLock().write({ signal })],
  ["Semaphore.acquire()", (signal) => new Semaphore(1).acquire({ signal })],
  ["Semaphore.execute()", (signal) => new Semaphore(1).execute(() => 1, { signal })],
  ["Semaphore.onIdle()", (signal) => new Semaphore(1).onIdle({ signal })],
  ["shield()", (signal) => shield(() => 1, { signal })],
  ["sleep()", (signal) => sleep(0, { signal })],
  ["taskGroup()", (signal) => taskGroup(() => 1, { signal })],
  ["timeout()", (signal) => timeout(() => 1, 5, { signal })],
  ["timeout() with a fallback", (signal) => timeout(() => 1, 5, { signal, fallback: () => 2 })],
  ["toWebStream()", (signal) => toWebStream([1], { signal }).getReader().read()],
  ["wait()", (signal) => wait([() => 1], { signal })],
  ["workerPool()", (signal) => workerPool(closed(), () => {}, { concurrency: 1, signal })],
];

function setEvent(): AsyncEvent {
  const event = new AsyncEvent();
  event.set();
  return event;
}

function closed(): AsyncQueue<number> {
  const queue = new AsyncQueue<number>();
  queue.close();
  return queue;
}

describe.each(calls)("%s", (_name, call) => {
  test.each([
    [new AbortController(), "AbortController"],
    [{}, "Object"],
    ["signal", '"signal"'],
    [true, "true"],
    // What `condition && signal` may come to.
    [false, "false"],
    ["", '""'],
  ])("refuses %o for a signal, though it need not wait, and leaves nothing unhandled", async (given, got) => {
    const found = await complaints(async () => {
      const error = await rejection(call(given as unknown as AbortSignal));
      expect(error).toEqual(new TypeError(`signal must be an AbortSignal, got ${got}`));
    });
    expect(found).toEqual([]);
  });

  test("takes null for no signal", async () => {
    const [end] = await Promise.allSettled([call(null as unknown as AbortSignal)]);
    expect(end).toMatchObject({ status: "fulfilled" });
  });
});

test("a queue takes nothing in or out for a call with what is no signal", async () => {
  const queue = filled();
  const signal = new AbortController() as unknown as AbortSignal;
  await rejection(queue.put(2, { signal }));
  await rejection(queue.get({ signal }));
  const values = queue.values({ signal });
  await rejection(values.next());
  await values.return?.();
  expect(queue.stats()).toMatchObject({ size: 1, producers: 0, consumers: 0 });
});
