import { byName, type Span, type Timeline } from "./model.ts";

interface Fact {
  /** Lower is more telling. */
  readonly rank: number;
  /** When the two timelines part, in milliseconds. */
  readonly at: number;
  readonly sentence: string;
}

/**
 * Says in plain sentences where a recorded timeline differs from the expected one: the most telling first, at most three;
 * none if they agree.
 *
 * Spans of one name are matched in the order of their start. The order of names makes no difference.
 *
 * @param actual - What was recorded.
 * @param expected - What should have been.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { compareTimelines } from "yieldpoint/testing";
 *
 * const actual = { spans: [{ name: "orders", start: 100, end: 200, outcome: "ok" }], end: 200 } as const;
 * const expected = { spans: [{ name: "orders", start: 0, end: 100, outcome: "ok" }], end: 100 } as const;
 * assert.deepEqual(compareTimelines(actual, expected), ["orders started at 100 ms, expected 0 ms"]);
 * ```
 */
export function compareTimelines(actual: Timeline, expected: Timeline): string[] {
  const ran = byName(actual.spans);
  const wanted = byName(expected.spans);
  const facts: Fact[] = [];
  for (const [name, spans] of wanted) {
    compareSpans(name, ran.get(name) ?? [], spans, facts);
  }
  for (const [name, spans] of ran) {
    if (wanted.has(name)) continue;
    facts.push({ rank: 1, at: spans[0]?.start ?? 0, sentence: `${name} ran though it was not expected` });
  }
  facts.sort((a, b) => a.rank - b.rank || a.at - b.at);
  return facts.slice(0, 3).map((fact) => fact.sentence);
}

function compareSpans(name: string, ran: readonly Span[], wanted: readonly Span[], facts: Fact[]): void {
  if (ran.length === 0) {
    facts.push({ rank: 0, at: wanted[0]?.start ?? 0, sentence: `${name} never started` });
    return;
  }
  if (ran.length !== wanted.length) {
    const at = (ran[wanted.length] ?? wanted[ran.length])?.start ?? 0;
    facts.push({
      rank: 1,
      at,
      sentence: `${name} ran ${times(ran.length)}, expected ${times(wanted.length)}`,
    });
  }
  const many = ran.length > 1 || wanted.length > 1;
  wanted.forEach((span, index) => {
    const other = ran[index];
    if (other === undefined) return;
    const subject = many ? `call ${index + 1} of ${name}` : name;
    const fact = compareSpan(subject, other, span);
    if (fact !== undefined) facts.push(fact);
  });
}

function compareSpan(subject: string, ran: Span, wanted: Span): Fact | undefined {
  if (ran.start !== wanted.start) {
    const sentence = `${subject} started at ${ms(ran.start)}, expected ${ms(wanted.start)}`;
    return { rank: 2, at: Math.min(ran.start, wanted.start), sentence };
  }
  if (ran.outcome === wanted.outcome && ran.end === wanted.end) return undefined;
  const at = Math.min(ran.end ?? Infinity, wanted.end ?? Infinity);
  // Where only the time differs, the same words twice would hide that: "ended at 200 ms, expected 100 ms".
  const same = ran.outcome === wanted.outcome && wanted.end !== undefined;
  const expectation = same ? ms(wanted.end) : `to ${expectedEnd(wanted, ran)}`;
  return { rank: 3, at, sentence: `${subject} ${actualEnd(ran)}, expected ${expectation}` };
}

function actualEnd(span: Span): string {
  const at = ms(span.end);
  return {
    ok: `ended at ${at}`,
    failed: `failed at ${at}`,
    aborted: `was aborted at ${at}`,
    pending: "is still running",
  }[span.outcome];
}

function expectedEnd(wanted: Span, ran: Span): string {
  const at = ms(wanted.end);
  const early = (ran.end ?? Infinity) < (wanted.end ?? Infinity);
  return {
    ok: early ? `run on to ${at}` : `end at ${at}`,
    failed: `fail at ${at}`,
    aborted: `be aborted at ${at}`,
    pending: "be still running",
  }[wanted.outcome];
}

function ms(time: number | undefined): string {
  return `${Math.round((time ?? 0) * 1000) / 1000} ms`;
}

function times(count: number): string {
  return count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;
}
