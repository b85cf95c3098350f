import { captureTrace } from "./callsite.ts";
import { checkFunction } from "../patterns/core/check.ts";
import { checkWord } from "./check.ts";
import type { ExpectedTimeline } from "./expectation.ts";
import type { observe } from "./observe.ts";
import { perform } from "./perform.ts";
import type { Recorder } from "./recorder.ts";
import { verdict } from "./verdict.ts";
import type { VirtualClock, VirtualTimeOptions } from "./virtual-time.ts";

/** What the body of a {@link scenario} works with. The functions may be taken out by destructuring. */
export interface Scenario {
  readonly clock: VirtualClock;
  /** The recorder of this scenario. */
  readonly timeline: Recorder;
  /** `timeline.service`: makes a fake slow call that records itself. */
  readonly service: Recorder["service"];
  /** `clock.advance`: moves time by whole milliseconds. */
  readonly advance: VirtualClock["advance"];
  /** Watches a promise without waiting for it. */
  readonly observe: typeof observe;
  /** Throws with both drawings if what was recorded so far is not what is expected; see `expectTimeline`. */
  readonly expectTimeline: (expected: ExpectedTimeline, rule?: string) => void;
}

/** Options of {@link scenario}. */
export interface ScenarioOptions extends VirtualTimeOptions {
  /** Timers still armed at the end: `"note"` (default) prints them, `"fail"` fails the test. */
  readonly leaks?: "note" | "fail" | undefined;
  /** Rejections that nobody handled: `"note"` (default) prints them, `"fail"` fails the test. */
  readonly floating?: "note" | "fail" | undefined;
}

/**
 * Makes a test of a body that runs in virtual time, for `test(name, scenario(async (s) => { … }))`.
 *
 * The clock is installed for the body and always restored. A failure shows what was recorded. Timers left behind and rejections that
 * nobody handled belong to the scenario: they are printed as a note, or fail it, and reach nobody else.
 *
 * @param body - Gets the clock, the recorder and what goes with them; it is run by `clock.run`.
 * @param options - `leaks`, `floating`: `"note"` (default) or `"fail"`; `maxTimers` (default 100,000) and `realIO` (default
 *   `"reject"`) as for `virtualTime`.
 * @returns A function that rejects with what the body rejects with, or as `clock.run` does, or with a FactError for a leak.
 *
 * @example
 * ```ts
 * import { scenario } from "yieldpoint/testing";
 *
 * const test = scenario(async ({ service, expectTimeline }) => {
 *   const users = service("users", 100);
 *   const orders = service("orders", 50);
 *   await Promise.all([users(), orders()]);
 *   expectTimeline({ users: [0, 100], orders: [0, 50] }, "Both calls start at once.");
 * });
 * await test();
 * ```
 */
export function scenario(body: (s: Scenario) => unknown, options: ScenarioOptions = {}): () => Promise<void> {
  checkFunction("scenario: body", body);
  checkModes("scenario", options);
  const place = captureTrace(scenario);
  return async () => {
    const error = verdict(await perform(body, options, place), options, place, print);
    if (error !== undefined) throw error;
  };
}

export function checkModes(call: string, { leaks, floating }: ScenarioOptions): void {
  checkWord(`${call}: leaks`, leaks, ["note", "fail"]);
  checkWord(`${call}: floating`, floating, ["note", "fail"]);
}

export function print(note: string): void {
  console.warn(`Note: ${note}`);
}
