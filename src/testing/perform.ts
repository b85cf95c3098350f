import type { Timeline } from "../timeline/index.ts";
import { pointAt, type Trace } from "./callsite.ts";
import type { DriverOptions } from "./driver.ts";
import { isFromRun } from "./errors.ts";
import { assertTimeline, type ExpectedTimeline } from "./expectation.ts";
import { observe } from "./observe.ts";
import { recordTimeline, type Recorder } from "./recorder.ts";
import { watchRejections } from "./rejections.ts";
import type { Scenario } from "./scenario.ts";
import { isLeak, type VirtualTimer } from "./timer-queue.ts";
import { armedTimers, installClock, type VirtualClock, type VirtualTimeOptions } from "./virtual-time.ts";

/** How a body ended, and what it left. */
export interface Outcome {
  readonly failure: { readonly error: unknown } | undefined;
  readonly timeline: Timeline;
  readonly leaks: readonly VirtualTimer[];
  readonly floating: readonly unknown[];
}

/** Runs a body once on a clock of its own; on that `next`, where it is given, decides what happens next. */
export async function perform(
  body: (s: Scenario) => unknown,
  options: VirtualTimeOptions,
  place: Trace,
  next?: DriverOptions["next"],
): Promise<Outcome> {
  const clock = installClock(options, next);
  const rejections = watchRejections();
  const recorder = recordTimeline(clock);
  let failure: Outcome["failure"];
  let leaks: readonly VirtualTimer[] = [];
  let floating: readonly unknown[] = [];
  try {
    await clock.run(() => body(createScenario(clock, recorder)));
  } catch (error) {
    if (isFromRun(error)) pointAt(error, place);
    failure = { error };
  } finally {
    floating = await rejections.stop();
    leaks = armedTimers().filter(isLeak);
    clock[Symbol.dispose]();
  }
  return { failure, timeline: recorder, leaks, floating };
}

function createScenario(clock: VirtualClock, recorder: Recorder): Scenario {
  const { service } = recorder;
  const { advance } = clock;
  function expectTimeline(expected: ExpectedTimeline, rule?: string): void {
    assertTimeline(recorder, expected, rule, expectTimeline);
  }
  return { clock, timeline: recorder, service, advance, observe, expectTimeline };
}
