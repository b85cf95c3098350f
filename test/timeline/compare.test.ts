import { describe, expect, test } from "vitest";
import { compareTimelines, type Span, type Timeline } from "../../src/timeline/index.ts";

type Row = readonly [name: string, start: number, end: number | undefined, outcome?: Span["outcome"]];

function timeline(...rows: Row[]): Timeline {
  const spans = rows.map(([name, start, to, outcome = to === undefined ? "pending" : "ok"]): Span => {
    return { name, start, end: to, outcome };
  });
  return { spans, end: 1000 };
}

describe("compareTimelines()", () => {
  test("has nothing to say about equal timelines, in whatever order the names stand", () => {
    const one = timeline(["a", 0, 100], ["b", 0, 50, "failed"], ["c", 10, undefined]);
    const other = timeline(["c", 10, undefined], ["b", 0, 50, "failed"], ["a", 0, 100]);
    expect(compareTimelines(one, other)).toEqual([]);
  });

  const cases: readonly (readonly [string, Timeline, Timeline])[] = [
    ["orders started at 100 ms, expected 0 ms", timeline(["orders", 100, 200]), timeline(["orders", 0, 100])],
    ["stock never started", timeline(), timeline(["stock", 0, 100])],
    ["page 3 ran though it was not expected", timeline(["page 3", 0, 10]), timeline()],
    [
      "c was aborted at 50 ms, expected to run on to 100 ms",
      timeline(["c", 0, 50, "aborted"]),
      timeline(["c", 0, 100]),
    ],
    [
      "c ended at 100 ms, expected to be aborted at 50 ms",
      timeline(["c", 0, 100]),
      timeline(["c", 0, 50, "aborted"]),
    ],
    [
      "c failed at 100 ms, expected to end at 100 ms",
      timeline(["c", 0, 100, "failed"]),
      timeline(["c", 0, 100]),
    ],
    ["c ended at 50 ms, expected to fail at 50 ms", timeline(["c", 0, 50]), timeline(["c", 0, 50, "failed"])],
    ["c ended at 200 ms, expected 100 ms", timeline(["c", 0, 200]), timeline(["c", 0, 100])],
    [
      "c was aborted at 80 ms, expected 50 ms",
      timeline(["c", 0, 80, "aborted"]),
      timeline(["c", 0, 50, "aborted"]),
    ],
    ["c is still running, expected to end at 100 ms", timeline(["c", 0, undefined]), timeline(["c", 0, 100])],
    [
      "c ended at 100 ms, expected to be still running",
      timeline(["c", 0, 100]),
      timeline(["c", 0, undefined]),
    ],
    ["c ran 3 times, expected once", timeline(["c", 0, 1], ["c", 1, 2], ["c", 2, 3]), timeline(["c", 0, 1])],
    ["c ran once, expected twice", timeline(["c", 0, 1]), timeline(["c", 0, 1], ["c", 1, 2])],
    [
      "call 2 of c started at 150 ms, expected 200 ms",
      timeline(["c", 0, 100], ["c", 150, 250]),
      timeline(["c", 0, 100], ["c", 200, 300]),
    ],
  ];
  test.each(cases)("says: %s", (sentence, actual, expected) => {
    expect(compareTimelines(actual, expected)).toEqual([sentence]);
  });

  test("tells at most three facts, what is missing first and then in the order of time", () => {
    const actual = timeline(["a", 300, 400], ["b", 200, 300], ["c", 100, 200], ["extra", 0, 10]);
    const expected = timeline(["a", 0, 100], ["b", 10, 100], ["c", 20, 100], ["missing", 500, 600]);
    expect(compareTimelines(actual, expected)).toEqual([
      "missing never started",
      "extra ran though it was not expected",
      "a started at 300 ms, expected 0 ms",
    ]);
  });

  test("tells one fact for a span that came late, not a second one for its end", () => {
    expect(compareTimelines(timeline(["a", 100, 900]), timeline(["a", 0, 100]))).toHaveLength(1);
  });
});
