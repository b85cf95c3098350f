import * as diagnostics from "node:diagnostics_channel";
import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import { Semaphore, type CircuitBreaker, type CircuitState, type Mutex } from "yieldpoint";
import {
  channelNames,
  subscribe,
  type ChannelName,
  type CircuitBreakerMessage,
  type Messages,
  type SemaphoreMessage,
  type Subscription,
} from "yieldpoint/diagnostics";
import { publicSymbols } from "../../docs/symbols.ts";
import { entries } from "../../package/dist.ts";
import { flush } from "../../support/waiting.ts";
import { untyped } from "../../support/untyped.ts";

const name = "yieldpoint:semaphore";

function permitTaken(): Semaphore {
  const semaphore = new Semaphore(1);
  semaphore.tryAcquire();
  return semaphore;
}

describe("subscribe()", () => {
  test("hears what is told, with the channel's name, until it is ended", () => {
    const heard: unknown[] = [];
    const subscription = subscribe(name, (...all) => heard.push(all));
    const source = permitTaken();
    expect(heard).toStrictEqual([[{ event: "granted", source }, name]]);
    subscription.unsubscribe();
    permitTaken();
    expect(heard).toHaveLength(1);
    expect(diagnostics.hasSubscribers(name)).toBe(false);
  });

  test("`using` ends it at the end of the block", () => {
    {
      using _ = subscribe(name, () => {});
      expect(diagnostics.hasSubscribers(name)).toBe(true);
    }
    expect(diagnostics.hasSubscribers(name)).toBe(false);
  });

  test("ended twice, it does not end another with the same listener", () => {
    let calls = 0;
    const listener = (): void => void calls++;
    const first = subscribe(name, listener);
    using _ = subscribe(name, listener);
    permitTaken();
    expect(calls).toBe(2);
    first.unsubscribe();
    first[Symbol.dispose]();
    permitTaken();
    expect(calls).toBe(3);
  });

  test("is not needed: who knows the name can listen by Node's own means", () => {
    const heard: unknown[] = [];
    const listener = (...all: unknown[]): void => void heard.push(all);
    diagnostics.subscribe("yieldpoint:semaphore", listener);
    const source = permitTaken();
    diagnostics.unsubscribe("yieldpoint:semaphore", listener);
    expect(heard).toStrictEqual([[{ event: "granted", source }, "yieldpoint:semaphore"]]);
  });

  test.each([
    ["yieldpoint:semaphor", '"yieldpoint:semaphor"'],
    ["semaphore", '"semaphore"'],
    [undefined, "undefined"],
    [null, "object"],
    [Symbol("channel"), "symbol"],
  ])("refuses the name %s", async (wrong, got) => {
    await expect(untyped(subscribe, wrong, () => {})).rejects.toThrow(
      new TypeError(`subscribe: name must be one of channelNames, got ${got}`),
    );
  });

  test.each([
    [undefined, "undefined"],
    [{ hear: 1 }, "Object"],
  ])("refuses the listener %s", async (wrong, got) => {
    await expect(untyped(subscribe, name, wrong)).rejects.toThrow(
      new TypeError(`subscribe: listener must be a function, got ${got}`),
    );
    expect(diagnostics.hasSubscribers(name)).toBe(false);
  });

  test("has the message type of each channel", () => {
    const subscription = subscribe("yieldpoint:circuit-breaker", (message, channel) => {
      expectTypeOf(message).toEqualTypeOf<CircuitBreakerMessage>();
      expectTypeOf(channel).toEqualTypeOf<"yieldpoint:circuit-breaker">();
      if (message.event === "state") expectTypeOf(message.to).toEqualTypeOf<CircuitState>();
      expectTypeOf(message.source).toEqualTypeOf<CircuitBreaker>();
    });
    expectTypeOf(subscription).toEqualTypeOf<Subscription>();
    subscription.unsubscribe();
    expectTypeOf<Messages["yieldpoint:semaphore"]>().toEqualTypeOf<SemaphoreMessage>();
    expectTypeOf<SemaphoreMessage["source"]>().toEqualTypeOf<Semaphore>();
    expectTypeOf<Messages["yieldpoint:mutex"]["source"]>().toEqualTypeOf<Mutex>();
    // @ts-expect-error there is no such channel
    const wrong: ChannelName = "yieldpoint:semaphor";
    expect(channelNames).not.toContain(wrong);
  });
});

test("channelNames has each channel once, in the order of the alphabet", () => {
  expectTypeOf(channelNames).toEqualTypeOf<readonly ChannelName[]>();
  const sorted = [...new Set(channelNames)];
  sorted.sort();
  expect(channelNames).toStrictEqual(sorted);
  expect(channelNames).toHaveLength(17);
});

test("whatever keeps stats has a channel", () => {
  const names = entries.slice(0, 1).flatMap((entry) => publicSymbols(entry).map((symbol) => symbol.name));
  // What `keyed` asks of others is no pattern.
  const keeping = names.filter((each) => each.endsWith("Stats") && each !== "KeyableStats");
  const words = keeping.map((each) =>
    each
      .replace("Stats", "")
      .replace(/\B[A-Z]/g, "-$&")
      .toLowerCase(),
  );
  const isTold = (word: string): boolean =>
    channelNames.some((channel) => channel.startsWith(`yieldpoint:${word}`));
  expect(words.length).toBeGreaterThan(10);
  expect(words.filter((word) => !isTold(word))).toEqual([]);
});

describe("a listener that throws", () => {
  const before = process.listeners("uncaughtException");
  afterEach(() => {
    process.removeAllListeners("uncaughtException");
    for (const listener of before) process.on("uncaughtException", listener);
  });

  test("breaks nothing, and its error is an uncaught exception", async () => {
    const uncaught: unknown[] = [];
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (error) => uncaught.push(error));
    const bug = new Error("a bug of the listener");
    const heard: string[] = [];
    using _first = subscribe(name, () => {
      throw bug;
    });
    using _second = subscribe(name, ({ event }) => heard.push(event));
    const semaphore = new Semaphore(1);
    const results = await Promise.all([semaphore.execute(() => 1), semaphore.execute(() => 2)]);
    expect(results).toEqual([1, 2]);
    expect(semaphore.stats()).toEqual({ permits: 1, held: 0, waiting: 0 });
    expect(heard).toEqual(["granted", "queued", "granted"]);
    await flush();
    expect(uncaught).toEqual([bug, bug, bug]);
  });
});
