import { drawTimeline, type Timeline } from "../timeline/index.ts";
import { captureTrace, pointAt, userLocation, type Trace } from "./callsite.ts";
import { FactError, isFromRun } from "./errors.ts";
import { assertTimeline, hasDrawing, type ExpectedTimeline } from "./expectation.ts";
import { observe } from "./observe.ts";
import { recordTimeline, type Recorder } from "./recorder.ts";
import { watchRejections } from "./rejections.ts";
import type { PendingTimer } from "./timer-queue.ts";
import { virtualTime, type VirtualClock, type VirtualTimeOptions } from "./virtual-time.ts";

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
  const place = captureTrace(scenario);
  return async () => {
    const { failure, timeline, leaks, floating } = await perform(body, options, place);
    if (failure !== undefined) throw illustrate(failure.error, timeline, place);
    const complaints = [
      ...complain(describeLeaks(leaks), options.leaks),
      ...complain(describeFloating(floating), options.floating),
    ];
    if (complaints.length > 0) throw illustrate(fact(complaints.join("\n"), place), timeline, place);
  };
}

interface Outcome {
  readonly failure: { readonly error: unknown } | undefined;
  readonly timeline: Timeline;
  readonly leaks: readonly PendingTimer[];
  readonly floating: readonly unknown[];
}

async function perform(
  body: (s: Scenario) => unknown,
  options: ScenarioOptions,
  place: Trace,
): Promise<Outcome> {
  const clock = virtualTime(options);
  const rejections = watchRejections();
  const recorder = recordTimeline(clock);
  let failure: Outcome["failure"];
  let leaks: readonly PendingTimer[] = [];
  let floating: readonly unknown[] = [];
  try {
    await clock.run(() => body(createScenario(clock, recorder)));
  } catch (error) {
    if (isFromRun(error)) pointAt(error, place);
    failure = { error };
  } finally {
    floating = await rejections.stop();
    leaks = clock.pending.filter((timer) => isLeak(timer));
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

/** Nobody can clear an `AbortSignal.timeout`, and a service that runs on is not the fault of the code under test. */
function isLeak({ kind }: PendingTimer): boolean {
  return kind !== "AbortSignal.timeout" && !kind.startsWith("service ");
}

/** Prints a note, unless it has to fail the test. */
function complain(sentence: string | undefined, mode: "note" | "fail" | undefined): string[] {
  if (sentence === undefined) return [];
  if (mode === "fail") return [sentence];
  console.warn(`Note: ${sentence}`);
  return [];
}

function describeLeaks(leaks: readonly PendingTimer[]): string | undefined {
  if (leaks.length === 0) return undefined;
  const list = leaks.map(
    ({ kind, due, at }) => `${kind} due at t=${due}${at === undefined ? "" : `, armed at ${at}`}`,
  );
  const count = leaks.length === 1 ? "A timer was" : `${leaks.length} timers were`;
  return `${count} left behind: ${summarize(list)}.`;
}

function describeFloating(reasons: readonly unknown[]): string | undefined {
  if (reasons.length === 0) return undefined;
  const list = reasons.map((reason) => {
    const at = reason instanceof Error ? userLocation(reason.stack) : undefined;
    return `${String(reason)}${at === undefined ? "" : ` (made at ${at})`}`;
  });
  const count =
    reasons.length === 1
      ? "A promise rejected and nobody handled it"
      : `${reasons.length} promises rejected and nobody handled them`;
  return `${count}: ${summarize(list)}. In a real program this ends the process.`;
}

function summarize(list: readonly string[]): string {
  const shown = list.slice(0, 3);
  if (list.length > shown.length) shown.push(`and ${list.length - shown.length} more`);
  return shown.join("; ");
}

const originals = new WeakMap<Error, string>();

/** Adds the drawing to the error's message, unless there is one or nothing was recorded. */
function illustrate(thrown: unknown, timeline: Timeline, place: Trace): Error {
  const error = isWritable(thrown) ? thrown : fact(`The code threw ${String(thrown)}`, place, thrown);
  // An error object that several tests share must not collect their drawings.
  const message = originals.get(error) ?? error.message;
  originals.set(error, message);
  if (timeline.spans.length > 0 && !hasDrawing(error)) {
    setMessage(error, `${message}\n\n${drawTimeline(timeline, { label: "you" })}`);
  }
  return error;
}

function setMessage(error: Error, message: string): void {
  const stack = error.stack?.replace(error.message, () => message);
  Object.defineProperty(error, "message", { value: message, configurable: true, writable: true });
  if (stack !== undefined) error.stack = stack;
}

function isWritable(thrown: unknown): thrown is Error {
  return thrown instanceof Error && !Object.isFrozen(thrown);
}

function fact(message: string, place: Trace, cause?: unknown): FactError {
  const error = new FactError(message, { cause });
  pointAt(error, place);
  return error;
}
