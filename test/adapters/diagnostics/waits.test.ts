import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import {
  AdaptiveLimiter,
  AsyncEvent,
  AsyncQueue,
  background,
  Barrier,
  Bulkhead,
  Condition,
  Mutex,
  RateLimiter,
  ReadWriteLock,
  Semaphore,
  sleep,
  type AbortOptions,
} from "yieldpoint";
import { channelNames, type ChannelName } from "yieldpoint/diagnostics";
import { virtualTime } from "yieldpoint/testing";
import { rejection } from "../../support/waiting.ts";
import { Heard } from "./hear.ts";

/** One instance of a pattern in which a second caller must wait. */
interface Waitable {
  readonly source: object;
  readonly enter: (options?: AbortOptions) => Promise<unknown>;
  /** Lets the next one in. */
  readonly next: () => unknown;
}

function locked(
  source: object,
  enter: (options?: AbortOptions) => Promise<{ release: () => void }>,
): Waitable {
  let leave: (() => void) | undefined;
  return {
    source,
    enter: (options) => enter(options).then(({ release }) => (leave = release)),
    next: () => leave?.(),
  };
}

const semaphoreLike = (source: Semaphore | Mutex) => locked(source, (options) => source.acquire(options));

const kinds: readonly [name: ChannelName, make: () => Waitable][] = [
  ["yieldpoint:semaphore", () => semaphoreLike(new Semaphore(1))],
  ["yieldpoint:bulkhead", () => semaphoreLike(new Bulkhead({ concurrency: 1, maxQueue: 9 }))],
  ["yieldpoint:adaptive-limiter", () => semaphoreLike(new AdaptiveLimiter({ max: 1 }))],
  ["yieldpoint:mutex", () => semaphoreLike(new Mutex())],
  [
    "yieldpoint:read-write-lock",
    () => {
      const lock = new ReadWriteLock();
      return locked(lock, (options) => lock.write(options));
    },
  ],
  [
    "yieldpoint:rate-limiter",
    () => {
      const limiter = new RateLimiter({ limit: 1, interval: 70 });
      return { source: limiter, enter: (options) => limiter.acquire(options), next: () => {} };
    },
  ],
];

describe.each(kinds)("%s", (name, make) => {
  test("tells of one that is let in at once", async () => {
    using heard = new Heard(name);
    const { source, enter } = make();
    const entered = enter();
    expect(heard.take()).toStrictEqual([{ event: "granted", source }]);
    await entered;
    expect(heard.messages).toEqual([]);
  });

  test("tells of one that must wait, and for how long it has", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const { source, enter, next } = make();
    await enter();
    heard.take();
    const entered = enter();
    expect(heard.take()).toStrictEqual([{ event: "queued", source }]);
    await clock.advance(70);
    next();
    await entered;
    expect(heard.take()).toStrictEqual([{ event: "granted", source, wait: 70 }]);
  });

  test("tells of one that gives up, and for how long it has waited", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const { source, enter, next } = make();
    await enter();
    heard.take();
    const controller = new AbortController();
    const failed = rejection(enter({ signal: controller.signal }));
    await clock.advance(30);
    controller.abort(undefined);
    expect(await failed).toBe(controller.signal.reason);
    expect(heard.take()).toStrictEqual([
      { event: "queued", source },
      { event: "left", source, wait: 30 },
    ]);
    next();
    await clock.advance(1_000);
    expect(heard.messages).toEqual([]);
  });

  test("tells nothing of one whose signal has aborted before", async () => {
    using heard = new Heard(name);
    const { enter } = make();
    await rejection(enter({ signal: AbortSignal.abort() }));
    expect(heard.messages).toEqual([]);
  });

  test("tells each in the order in which they are let in", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const { enter, next } = make();
    await enter();
    const both = [enter(), enter()];
    await clock.advance(70);
    next();
    await both[0];
    await clock.advance(70);
    next();
    await both[1];
    expect(
      heard.take().map(({ event, ...message }) => [event, "wait" in message ? message.wait : undefined]),
    ).toEqual([
      ["granted", undefined],
      ["queued", undefined],
      ["queued", undefined],
      ["granted", 70],
      ["granted", 140],
    ]);
  });

  test("tells nothing on another channel", async () => {
    const others = channelNames.filter((other) => other !== name).map((other) => new Heard(other));
    const { enter, next } = make();
    await enter();
    const entered = enter();
    next();
    await entered;
    for (const other of others) {
      expect(other.messages).toEqual([]);
      other[Symbol.dispose]();
    }
  });

  test("tells no more once nobody listens, nor of a wait that began then", async () => {
    using clock = virtualTime();
    const first = new Heard(name);
    const { enter, next } = make();
    await enter();
    const entered = [enter()];
    first[Symbol.dispose]();
    expect(first.events()).toEqual(["granted", "queued"]);
    entered.push(enter());
    using second = new Heard(name);
    await clock.advance(140);
    next();
    await entered[0];
    // Its wait was told of, so its end is; whoever came while nobody listened is not told of later.
    expect(second.events()).toEqual(["granted"]);
    next();
    await entered[1];
    expect(second.messages).toEqual([]);
    expect(first.messages).toEqual([]);
  });

  test("a listener has the AsyncLocalStorage context of the caller", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    using heard = new Heard(name);
    heard.messages.push = (...messages) =>
      seen.push(...messages.map(({ event }) => [event, user.getStore()]));
    const { enter, next } = make();
    await user.run("Ada", () => enter());
    const entered = user.run("Bob", () => enter());
    await clock.advance(70);
    user.run("Ada", next);
    await entered;
    expect(seen).toEqual([
      ["granted", "Ada"],
      ["queued", "Bob"],
      ["granted", "Bob"],
    ]);
  });
});

describe("yieldpoint:async-queue", () => {
  const name = "yieldpoint:async-queue";

  test("tells of a producer that waits for a place, and of none that need not", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const source = new AsyncQueue<string>({ capacity: 1 });
    await source.put("a");
    source.tryPut("b");
    expect(heard.messages).toEqual([]);
    const put = source.put("b");
    expect(heard.take()).toStrictEqual([{ event: "queued", source }]);
    await clock.advance(25);
    expect(await source.get()).toBe("a");
    await put;
    expect(heard.take()).toStrictEqual([{ event: "granted", source, wait: 25 }]);
    expect(await source.get()).toBe("b");
    expect(heard.messages).toEqual([]);
  });

  test("tells of a producer that is turned away, or gives up", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const source = new AsyncQueue<string>({ capacity: 0 });
    const controller = new AbortController();
    const failed = [rejection(source.put("a", { signal: controller.signal })), rejection(source.put("b"))];
    await clock.advance(5);
    controller.abort();
    await failed[0];
    await clock.advance(5);
    source.close();
    expect(await failed[1]).toMatchObject({ code: "ERR_QUEUE_CLOSED" });
    expect(heard.take()).toStrictEqual([
      { event: "queued", source },
      { event: "queued", source },
      { event: "left", source, wait: 5 },
      { event: "left", source, wait: 10 },
    ]);
    await rejection(source.put("c"));
    expect(heard.messages).toEqual([]);
  });
});

/** One instance of a pattern in which every caller of `wait` waits until `wake` lets all go on. */
interface Meeting {
  readonly source: object;
  readonly wait: (options?: AbortOptions) => Promise<unknown>;
  readonly wake: () => unknown;
  /** Does what makes nobody wait, after that. */
  readonly pass: () => unknown;
}

const meetings: readonly [name: ChannelName, make: () => Meeting][] = [
  [
    "yieldpoint:async-event",
    () => {
      const source = new AsyncEvent();
      const wake = (): void => source.set();
      return { source, wait: (options) => source.wait(options), wake, pass: () => source.wait() };
    },
  ],
  [
    "yieldpoint:barrier",
    () => {
      const source = new Barrier(3);
      const wake = (): unknown => source.arrive();
      const wait = (options?: AbortOptions): Promise<void> => source.arrive(options);
      return { source, wait, wake, pass: () => source.stats() };
    },
  ],
  [
    "yieldpoint:condition",
    () => {
      const mutex = new Mutex();
      const source = new Condition(mutex);
      const wait = (options?: AbortOptions): Promise<void> => mutex.execute(() => source.wait(options));
      return { source, wait, wake: () => source.notifyAll(), pass: () => source.notify() };
    },
  ],
];

describe.each(meetings)("%s", (name, make) => {
  test("tells of those who wait, for how long they have, and of nothing that need not wait", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const { source, wait, wake, pass } = make();
    const first = wait();
    await clock.advance(20);
    const second = wait();
    await clock.advance(5);
    expect(heard.take()).toStrictEqual([
      { event: "queued", source },
      { event: "queued", source },
    ]);
    wake();
    await Promise.all([first, second]);
    expect(heard.take()).toStrictEqual([
      { event: "granted", source, wait: 25 },
      { event: "granted", source, wait: 5 },
    ]);
    await pass();
    expect(heard.messages).toEqual([]);
  });

  test("tells of one that gives up, and nothing of one whose signal has aborted before", async () => {
    using clock = virtualTime();
    using heard = new Heard(name);
    const { source, wait, wake } = make();
    const controller = new AbortController();
    const failed = rejection(wait({ signal: controller.signal }));
    await clock.advance(30);
    controller.abort(undefined);
    expect(await failed).toBe(controller.signal.reason);
    expect(heard.take()).toStrictEqual([
      { event: "queued", source },
      { event: "left", source, wait: 30 },
    ]);
    await rejection(wait({ signal: controller.signal }));
    wake();
    await clock.advance(1_000);
    // Whoever wakes the others may have to wait himself, for those who did not come.
    expect(heard.events()).toEqual(name === "yieldpoint:barrier" ? ["queued"] : []);
  });

  test("tells nothing of a wait that began while nobody listened", async () => {
    using clock = virtualTime();
    const { wait, wake } = make();
    const waiting = [wait(), wait()];
    await clock.advance(1);
    using heard = new Heard(name);
    wake();
    await Promise.all(waiting);
    expect(heard.messages).toEqual([]);
  });
});

test("a condition tells of the wait for a notification, and its mutex of the wait after it", async () => {
  using clock = virtualTime();
  using heard = new Heard("yieldpoint:condition");
  using locks = new Heard("yieldpoint:mutex");
  const mutex = new Mutex();
  const source = new Condition(mutex);
  const controller = new AbortController();
  const failed = rejection(mutex.execute(() => source.wait({ signal: controller.signal })));
  await clock.advance(10);
  const permit = await mutex.acquire();
  source.notify();
  await clock.advance(5);
  expect(heard.take()).toStrictEqual([
    { event: "queued", source },
    { event: "granted", source, wait: 10 },
  ]);
  // It has been notified, and gives up while it waits for the mutex.
  controller.abort(undefined);
  await clock.advance(2);
  permit.release();
  expect(await failed).toBe(controller.signal.reason);
  expect(heard.messages).toEqual([]);
  expect(locks.take().map((message) => [message.event, message.wait])).toEqual([
    ["granted", undefined],
    ["granted", undefined],
    ["queued", undefined],
    ["left", 5],
    ["queued", undefined],
    ["granted", 2],
  ]);
});

test("nothing is told of an event that is none of the caller's: draining a background waits for no AsyncEvent", async () => {
  using clock = virtualTime();
  using heard = new Heard("yieldpoint:async-event");
  const tasks = background({ onError: () => {} });
  tasks.spawn(() => sleep(10));
  await clock.run(() => tasks.drain());
  expect(heard.messages).toEqual([]);
});
