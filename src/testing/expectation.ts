import { compareTimelines, drawComparison, type Span, type Timeline } from "../timeline/index.ts";
import { FactError } from "./errors.ts";

/** One expected span: `[start, end]` means that it ended well. Milliseconds. */
export type ExpectedSpan =
  | readonly [start: number, end: number]
  | {
      readonly start: number;
      /** Left out: the span still runs. */
      readonly end?: number | undefined;
      /** Default: `"ok"`, or `"pending"` without an end. */
      readonly outcome?: Span["outcome"] | undefined;
    };

/** By name, the one span or the list of spans that are expected. */
export type ExpectedTimeline = Readonly<Record<string, ExpectedSpan | readonly ExpectedSpan[]>>;

const drawn = new WeakSet<Error>();

/** Whether the error's message shows a drawing already. */
export function hasDrawing(error: Error): boolean {
  return drawn.has(error);
}

/**
 * Throws if the timeline is not the expected one; the message says where they part, draws both, and ends with the rule.
 *
 * @param timeline - What was recorded.
 * @param expected - By name: `[start, end]`, `{ start, end, outcome }` or a list of those, in milliseconds. A name that is missing
 *   here must not have run.
 * @param rule - One sentence that says what was asked for (default: none).
 * @throws FactError
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { expectTimeline, recordTimeline, virtualTime } from "yieldpoint/testing";
 *
 * using clock = virtualTime();
 * const recorder = recordTimeline(clock);
 * const users = recorder.service("users", 100);
 * await clock.run(async () => {
 *   await users();
 *   await users();
 * });
 * expectTimeline(recorder, { users: [[0, 100], [100, 200]] });
 * assert.throws(() => expectTimeline(recorder, { users: [0, 100] }), /users ran twice, expected once/);
 * ```
 */
export function expectTimeline(timeline: Timeline, expected: ExpectedTimeline, rule?: string): void {
  assertTimeline(timeline, expected, rule, expectTimeline);
}

export function assertTimeline(
  timeline: Timeline,
  expected: ExpectedTimeline,
  rule: string | undefined,
  below: (...args: never[]) => unknown,
): void {
  const wanted = toTimeline(expected, timeline.end);
  const facts = compareTimelines(timeline, wanted);
  if (facts.length === 0) return;
  const lines = [...facts, "", drawComparison({ you: timeline, expected: wanted })];
  if (rule !== undefined) lines.push(rule);
  const error = new FactError(lines.join("\n"));
  drawn.add(error);
  Error.captureStackTrace(error, below);
  throw error;
}

function toTimeline(expected: ExpectedTimeline, now: number): Timeline {
  const spans = Object.entries(expected).flatMap(([name, value]) =>
    toList(value).map((span) => toSpan(name, span)),
  );
  // What is expected to run still is drawn up to the present.
  return { spans, end: Math.max(0, ...spans.map((span) => span.end ?? now)) };
}

function toList(value: ExpectedSpan | readonly ExpectedSpan[]): readonly ExpectedSpan[] {
  return isList(value) ? value : [value];
}

function isList(value: ExpectedSpan | readonly ExpectedSpan[]): value is readonly ExpectedSpan[] {
  return Array.isArray(value) && typeof value[0] !== "number";
}

function toSpan(name: string, expected: ExpectedSpan): Span {
  if ("start" in expected) {
    const { start, end, outcome = end === undefined ? "pending" : "ok" } = expected;
    return { name, start, end, outcome };
  }
  const [start, end] = expected;
  return { name, start, end, outcome: "ok" };
}
