import { describe, expect, test } from "vitest";
import type { LoadReport, Report } from "./run.ts";
import type { Point } from "./statistics.ts";
import { reportText } from "./text.ts";
import { fewestSamples, heapTrend, rate, verdict } from "./verdict.ts";

/** A heap that wavers by `noise`, grows by `slope` bytes a second, and by a megabyte more in the first third. */
function heapOf(slope: number, noise: number, samples = 60): Point[] {
  return Array.from({ length: samples }, (_, i) => ({
    x: 2 * i,
    y: 9e6 + 2 * i * slope + (i % 2 === 0 ? noise : -noise) + Math.min(1e6, (3e6 * i) / samples),
  }));
}

const settled: LoadReport = {
  name: "sleep",
  started: 3,
  fulfilled: 2,
  rejected: 1,
  wrong: [],
  restless: [],
};
const clean: Report = { calls: [settled], heap: heapOf(0, 5_000), stuck: [], left: [], complaints: [] };

const withLoad = (changes: Partial<LoadReport>): Report => ({
  ...clean,
  calls: [{ ...settled, ...changes }],
});

describe("verdict()", () => {
  test("has nothing to say where all holds", () => {
    expect(verdict(clean)).toEqual([]);
  });

  test.for([
    ["a load without calls", withLoad({ started: 0, fulfilled: 0, rejected: 0 }), "sleep: no call was made."],
    ["calls that have not settled", withLoad({ started: 5 }), "sleep: 2 of 5 calls have not settled."],
    ["what is not at rest", withLoad({ restless: ["held 1"] }), "sleep: it is not at rest: held 1."],
    ["what went wrong", withLoad({ wrong: ["a wrong result"] }), "sleep: a wrong result"],
    ["a round that goes on", { ...clean, stuck: ["sleep"] }, "sleep: a round has not ended in time."],
    ["what is left", { ...clean, left: ["1 timer of sleep"] }, "Left behind: 1 timer of sleep."],
    ["complaints", { ...clean, complaints: ["Error: down"] }, "The process complained: Error: down"],
  ] as const)("has a sentence for %s", ([, report, sentence]) => {
    expect(verdict(report)).toEqual([sentence]);
  });

  test("calls the heap grown where the whole interval lies above zero", () => {
    const growing = { ...clean, heap: heapOf(1_000, 5_000) };
    expect(verdict(growing)).toEqual([
      expect.stringMatching(
        /^The heap grows by 9\d\d bytes a second \(95 % confidence: 9\d\d to 1,\d{3}\)\.$/,
      ),
    ]);
  });

  test("does not where the interval holds zero, or the heap shrinks", () => {
    const slow = { ...clean, heap: heapOf(20, 5_000) };
    expect(heapTrend(slow.heap)).toMatchObject({ slope: expect.closeTo(20, -2) });
    expect(verdict(slow)).toEqual([]);
    expect(verdict({ ...clean, heap: heapOf(-1_000, 5_000) })).toEqual([]);
  });

  test("leaves out the first third, in which much is made once", () => {
    const { slope } = heapTrend(heapOf(0, 0)) ?? {};
    expect(slope).toBeCloseTo(0, 6);
  });

  test("does not judge the heap by few samples", () => {
    expect(heapTrend(heapOf(1e6, 0, fewestSamples - 1))).toBeUndefined();
    expect(heapTrend(heapOf(1e6, 0, fewestSamples))).toBeDefined();
    expect(verdict({ ...clean, heap: heapOf(1e6, 0, fewestSamples - 1) })).toEqual([]);
  });
});

test("a rate is told in whole bytes, without a negative zero", () => {
  expect(rate({ slope: -0.2, low: -1234.5, high: 1234.4 })).toBe(
    "0 bytes a second (95 % confidence: -1,234 to 1,234)",
  );
});

describe("the text of a report", () => {
  test("has the figures, and says that all holds", () => {
    const text = reportText({ ...clean, heap: heapOf(0, 0) });
    expect(text).toContain("load   calls  fulfilled  rejected\nsleep      3          2         1\n");
    expect(text).toContain("calls: 3 made, 3 settled (2 fulfilled, 1 rejected)\n");
    expect(text).toMatch(
      /heap after collection: 8,789 to 9,766 kB; trend: 0 bytes a second \(95 % .*\); samples:\n {2}8,789 /,
    );
    expect(text).toMatch(/\nNo timer, handle or abort listener is left, and no rejection was unhandled\.\n$/);
  });

  test("says what does not hold, and that few samples show no trend", () => {
    const text = reportText({
      ...clean,
      heap: heapOf(0, 0, 3),
      left: ["1 timer of sleep", "2 timers of retry"],
    });
    expect(text).toContain("kB; trend: too few samples; samples:\n");
    expect(text).toMatch(
      /\nWhat does not hold:\nLeft behind: 1 timer of sleep\.\nLeft behind: 2 timers of retry\.\n$/,
    );
  });
});
