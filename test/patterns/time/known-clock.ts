import { timeout } from "yieldpoint";
import type { VirtualClock } from "yieldpoint/testing";
import { eventLoopTime } from "../../support/event-loop-clock.ts";
import { rejection } from "../../support/waiting.ts";

/** A clock known to be the event loop's: a call has armed a timer on it. */
export async function knownClock(): Promise<VirtualClock> {
  const clock = eventLoopTime();
  await clock.run(() => rejection(timeout(() => new Promise(() => {}), 0)));
  return clock;
}
