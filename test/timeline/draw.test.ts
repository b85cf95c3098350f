import { describe, expect, test } from "vitest";
import { drawComparison, drawTimeline, type Span, type Timeline } from "../../src/timeline/index.ts";

type Row = readonly [name: string, start: number, end: number | undefined, outcome?: Span["outcome"]];

function timeline(rows: readonly Row[], end?: number): Timeline {
  const spans = rows.map(([name, start, to, outcome = to === undefined ? "pending" : "ok"]): Span => {
    return { name, start, end: to, outcome };
  });
  return { spans, end: end ?? Math.max(0, ...spans.map((span) => span.end ?? span.start)) };
}

function lines(...expected: string[]): string {
  return expected.join("\n");
}

describe("drawComparison()", () => {
  test("draws what was recorded above what was expected, on one scale", () => {
    const you = timeline([
      ["users", 0, 100],
      ["orders", 100, 200],
      ["stock", 200, 300],
    ]);
    const expected = timeline([
      ["users", 0, 100],
      ["orders", 0, 100],
      ["stock", 0, 100],
    ]);
    expect(drawComparison({ you, expected })).toBe(
      lines(
        "you       users   ██████████",
        "          orders            ██████████",
        "          stock                       ██████████   t=300 virtual ms",
        "expected  users   ██████████",
        "          orders  ██████████",
        "          stock   ██████████                       t=100 virtual ms",
      ),
    );
  });

  test("says so where nothing ran", () => {
    const drawing = drawComparison({ you: timeline([]), expected: timeline([["users", 0, 100]]) });
    expect(drawing).toBe(
      lines("you       (nothing ran)", "expected  users          ████████████████████   t=100 virtual ms"),
    );
  });

  test("aligns names of different length in both drawings", () => {
    const drawing = drawComparison({
      you: timeline([["a", 0, 10]]),
      expected: timeline([["long name", 0, 10]]),
    });
    const [first, second] = drawing.split("\n");
    expect(first?.indexOf("█")).toBe(second?.indexOf("█"));
  });
});

describe("drawTimeline()", () => {
  test("puts the lanes in the order of their first start", () => {
    const drawing = drawTimeline(
      timeline([
        ["late", 50, 60],
        ["early", 0, 60],
      ]),
    );
    expect(drawing.split("\n").map((line) => line.trim().split(" ")[0])).toEqual(["early", "late"]);
  });

  test("keeps the longest timeline within 40 columns, or within the width that is given", () => {
    for (const end of [1, 7, 39, 40, 41, 99, 401, 1000, 12_345, 86_400_000, 0.5]) {
      const bar = (drawing: string): number => drawing.match(/█/g)?.length ?? 0;
      const wide = bar(drawTimeline(timeline([["a", 0, end]])));
      expect(wide, `${end} ms`).toBeLessThanOrEqual(40);
      expect(wide, `${end} ms`).toBeGreaterThanOrEqual(15);
      expect(bar(drawTimeline(timeline([["a", 0, end]]), { width: 10 })), `${end} ms`).toBeLessThanOrEqual(
        10,
      );
    }
  });

  test("puts spans of one name into one lane", () => {
    const drawing = drawTimeline(
      timeline([
        ["page", 0, 100],
        ["page", 200, 300],
      ]),
    );
    expect(drawing).toBe("page  ██████████          ██████████   t=300 virtual ms");
  });

  test("gives spans of one name that overlap a second lane without a name", () => {
    const drawing = drawTimeline(
      timeline([
        ["page", 0, 200],
        ["page", 100, 300],
        ["page", 200, 300],
      ]),
    );
    expect(drawing).toBe(
      lines(
        "page  ███████████████████▌██████████",
        "                ████████████████████   t=300 virtual ms",
      ),
    );
  });

  test("shows where one span ends and the next begins without a pause", () => {
    const drawing = drawTimeline(
      timeline([
        ["page", 0, 100],
        ["page", 100, 200],
      ]),
      { width: 20 },
    );
    expect(drawing).toBe("page  █████████▌██████████   t=200 virtual ms");
  });

  test("marks failed, aborted, running and instant spans, and explains the marks that occur", () => {
    const drawing = drawTimeline(
      timeline(
        [
          ["ok", 0, 100],
          ["broken", 0, 50, "failed"],
          ["cut off", 0, 70, "aborted"],
          ["open", 50, undefined],
          ["moment", 30, 30],
        ],
        100,
      ),
      { label: "you", width: 20 },
    );
    expect(drawing).toBe(
      lines(
        "you  ok       ████████████████████",
        "     broken   █████████✗",
        "     cut off  █████████████┤",
        "     moment         ▏",
        "     open               ░░░░░░░░░░   t=100 virtual ms",
        "              ✗ failed   ┤ aborted   ░ still running   ▏ took no time",
      ),
    );
  });

  test("explains no mark that does not occur", () => {
    expect(drawTimeline(timeline([["a", 0, 10]]))).not.toMatch(/failed|aborted|running|no time/);
    expect(drawTimeline(timeline([["a", 0, 10, "failed"]]))).not.toMatch(/aborted|running|no time/);
  });

  test("shows how a span ended that took no time", () => {
    const drawing = drawTimeline(
      timeline([
        ["a", 0, 0, "failed"],
        ["b", 0, 10],
      ]),
    );
    expect(drawing.split("\n")[0]).toBe("a  ✗");
    expect(drawing).not.toContain("no time");
  });

  test("leaves no span invisible, however short", () => {
    const drawing = drawTimeline(
      timeline([
        ["short", 500, 501],
        ["long", 0, 10_000],
      ]),
    );
    expect(drawing.split("\n")[1]).toMatch(/^short +█/);
  });

  test("keeps to ASCII on request", () => {
    const drawing = drawTimeline(
      timeline(
        [
          ["ok", 0, 100],
          ["ok", 100, 200],
          ["broken", 0, 50, "failed"],
          ["cut", 0, 50, "aborted"],
          ["open", 50, undefined],
          ["moment", 30, 30],
        ],
        200,
      ),
      { ascii: true, width: 20 },
    );
    expect(drawing).toBe(
      lines(
        "ok      #########:##########",
        "broken  ####x",
        "cut     ####]",
        "moment     |",
        "open         ...............   t=200 virtual ms",
        "        x failed   ] aborted   . still running   | took no time",
      ),
    );
  });

  test("names the unit that is given", () => {
    expect(drawTimeline(timeline([["a", 0, 10]]), { unit: "ms" })).toMatch(/t=10 ms$/);
  });

  test("counts to the end of the timeline even if the last span ended before", () => {
    expect(drawTimeline(timeline([["a", 0, 10]], 20))).toMatch(/t=20 virtual ms$/);
  });
});

describe("a width", () => {
  const one = timeline([["a", 0, 10]]);

  test.each([0, -1, 2.5, NaN, Infinity])("of %d is refused", (width) => {
    const message = `width must be an integer >= 1, got ${width}`;
    expect(() => drawTimeline(one, { width })).toThrow(new RangeError(`drawTimeline: ${message}`));
    expect(() => drawComparison({ you: one, expected: one }, { width })).toThrow(
      new RangeError(`drawComparison: ${message}`),
    );
  });

  test("of one column is the least", () => {
    expect(drawTimeline(one, { width: 1 })).toBe("a  █   t=10 virtual ms");
  });
});
