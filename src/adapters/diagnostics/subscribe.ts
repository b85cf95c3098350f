/// <reference lib="esnext.disposable" preserve="true" />
import * as diagnostics from "node:diagnostics_channel";
import { checkFunction } from "../../patterns/core/check.ts";
import type { ChannelName, Messages } from "./messages.ts";

/** What ends a subscription; `using` does it at the end of the block. Ending it twice is harmless. */
export interface Subscription extends Disposable {
  readonly unsubscribe: () => void;
}

/**
 * The names of all channels.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Mutex } from "yieldpoint";
 * import { channelNames, subscribe } from "yieldpoint/diagnostics";
 *
 * const counts = new Map<string, number>();
 * for (const name of channelNames) {
 *   subscribe(name, ({ event }) => counts.set(`${name} ${event}`, (counts.get(`${name} ${event}`) ?? 0) + 1));
 * }
 * await new Mutex().execute(() => "done");
 * assert.deepEqual([...counts], [["yieldpoint:mutex granted", 1]]);
 * ```
 */
export const channelNames: readonly ChannelName[] = [
  "yieldpoint:adaptive-limiter",
  "yieldpoint:async-cache",
  "yieldpoint:async-event",
  "yieldpoint:async-queue",
  "yieldpoint:background",
  "yieldpoint:barrier",
  "yieldpoint:bulkhead",
  "yieldpoint:chaos",
  "yieldpoint:circuit-breaker",
  "yieldpoint:condition",
  "yieldpoint:health-monitor",
  "yieldpoint:keyed",
  "yieldpoint:mutex",
  "yieldpoint:rate-limiter",
  "yieldpoint:read-write-lock",
  "yieldpoint:retry-budget",
  "yieldpoint:semaphore",
];

/**
 * Listens to what all instances of a pattern tell, in every copy of the package that the process has loaded.
 *
 * It is `diagnostics_channel.subscribe` of Node with types: the channels are there without this import, and whoever knows the name can listen.
 * The patterns measure waits and make messages only while somebody does. The listener is called in the middle of the
 * pattern's work, so it should be quick; what it throws does not reach the pattern, and becomes an uncaught exception.
 *
 * A message has no name for its instance, but the instance itself, `source`: give it a name in a WeakMap, and ask its `stats()`.
 *
 * @param name which channel
 * @param listener called with each message and the channel's name
 * @returns ends the subscription
 * @throws TypeError for a name that is no channel's, or a listener that is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Semaphore, sleep } from "yieldpoint";
 * import { subscribe } from "yieldpoint/diagnostics";
 *
 * const waits: number[] = [];
 * using subscription = subscribe("yieldpoint:semaphore", ({ event, wait = 0 }) => {
 *   if (event === "granted") waits.push(wait);
 * });
 * const semaphore = new Semaphore(1);
 * await Promise.all([semaphore.execute(() => sleep(10)), semaphore.execute(() => "next")]);
 * const [first = NaN, second = NaN] = waits;
 * assert(first === 0 && second > 0);
 * ```
 */
export function subscribe<N extends ChannelName>(
  name: N,
  listener: (message: Messages[N], name: N) => void,
): Subscription {
  if (!channelNames.includes(name)) {
    const got = typeof name === "string" ? JSON.stringify(name) : typeof name;
    throw new TypeError(`subscribe: name must be one of channelNames, got ${got}`);
  }
  checkFunction("subscribe: listener", listener);
  // One of its own for each subscription, so that ending one never ends another with the same listener.
  const hear = (message: unknown): void => listener(message as Messages[N], name);
  diagnostics.subscribe(name, hear);
  const unsubscribe = (): void => void diagnostics.unsubscribe(name, hear);
  return { unsubscribe, [Symbol.dispose]: unsubscribe };
}
