import { drawTimeline, type Timeline } from "../timeline/index.ts";
import { pointAt, userLocation, type Trace } from "./callsite.ts";
import { FactError } from "./errors.ts";
import { hasDrawing } from "./expectation.ts";
import type { Outcome } from "./perform.ts";
import type { ScenarioOptions } from "./scenario.ts";
import { inOrder, type VirtualTimer } from "./timer-queue.ts";

/** The error in which the performance ends, with the drawing and the story; undefined if all is well. A lesser fault is noted. */
export function verdict(
  { failure, timeline, leaks, floating }: Outcome,
  options: Pick<ScenarioOptions, "leaks" | "floating">,
  place: Trace,
  note: (sentence: string) => void,
  story = (): string => "",
): Error | undefined {
  if (failure !== undefined) return illustrate(failure.error, timeline, place, story);
  const faults: string[] = [];
  for (const [mode, sentence] of [
    [options.leaks, describeLeaks(leaks)],
    [options.floating, describeFloating(floating)],
  ]) {
    if (sentence === undefined) continue;
    if (mode === "fail") faults.push(sentence);
    else note(sentence);
  }
  return faults.length === 0 ? undefined : illustrate(fact(faults.join("\n"), place), timeline, place, story);
}

function describeLeaks(leaks: readonly VirtualTimer[]): string | undefined {
  if (leaks.length === 0) return undefined;
  const list = inOrder([...leaks]).map(
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

/** Adds the drawing to the error's message, unless there is one or nothing was recorded, and then the story. */
function illustrate(thrown: unknown, timeline: Timeline, place: Trace, story: () => string): Error {
  const error = isWritable(thrown) ? thrown : fact(`The code threw ${String(thrown)}`, place, thrown);
  // An error object that several tests share must not collect their drawings.
  const message = originals.get(error) ?? error.message;
  originals.set(error, message);
  const draws = timeline.spans.length > 0 && !hasDrawing(error);
  const drawing = draws ? drawTimeline(timeline, { label: "you" }) : "";
  setMessage(error, [message, drawing, story()].filter((part) => part !== "").join("\n\n"));
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

export function fact(message: string, place: Trace, cause?: unknown): FactError {
  const error = new FactError(message, { cause });
  pointAt(error, place);
  return error;
}
