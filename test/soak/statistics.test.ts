import { describe, expect, test } from "vitest";
import { studentT, trend } from "./statistics.ts";

describe("trend()", () => {
  test("finds the slope of a line, with no doubt where all points lie on it", () => {
    const points = [1, 2, 3, 4].map((x) => ({ x, y: 5 - 2 * x }));
    expect(trend(points)).toEqual({ slope: -2, low: -2, high: -2 });
  });

  test("gives the interval of Student's t", () => {
    // A textbook's example, reckoned by hand: slope 0.6, sum of squared residues 2.4, width 10, t(3) = 3.18245.
    const points = [2, 4, 5, 4, 5].map((y, i) => ({ x: i + 1, y }));
    const { slope, low, high } = trend(points);
    const margin = 3.18245 * Math.sqrt(2.4 / 3 / 10);
    expect(slope).toBeCloseTo(0.6, 10);
    expect(low).toBeCloseTo(0.6 - margin, 4);
    expect(high).toBeCloseTo(0.6 + margin, 4);
  });

  test("trusts measurements less where each resembles the one before", () => {
    const points = [1, 1, 1, -1, -1, -1, -1, -1, -1, 1, 1, 1].map((y, x) => ({ x, y }));
    // Nine of eleven residues have the sign of the one before: 7/12 alike, as good as 60/19 measurements.
    const { slope, low, high } = trend(points);
    const margin = 12.7062 * Math.sqrt(12 / (60 / 19 - 2) / 143);
    expect(slope).toBeCloseTo(0, 10);
    expect(low).toBeCloseTo(-margin, 8);
    expect(high).toBeCloseTo(margin, 8);
  });

  test("where x begins changes nothing", () => {
    const ys = [3, 1, 4, 1, 5, 9, 2, 6];
    const at = (start: number) => trend(ys.map((y, i) => ({ x: start + i, y })));
    expect(at(1_000).slope).toBeCloseTo(at(0).slope, 9);
    expect(at(1_000).low).toBeCloseTo(at(0).low, 9);
  });

  test("refuses what has no slope", () => {
    const message = "trend: three points at least, of different x";
    expect(() => trend([])).toThrow(new RangeError(message));
    expect(() =>
      trend([
        { x: 1, y: 1 },
        { x: 2, y: 2 },
      ]),
    ).toThrow(message);
    expect(() => trend([1, 2, 3].map((y) => ({ x: 7, y })))).toThrow(message);
  });
});

test.for([
  [1, 12.706],
  [2, 4.303],
  [3, 3.182],
  [4, 2.776],
  [5, 2.571],
  [8, 2.306],
  [10, 2.228],
  [30, 2.042],
  [60, 2.0],
  [1_000_000, 1.96],
] as const)("Student's t for %i degrees of freedom is that of the tables", ([freedom, t]) => {
  expect(Math.abs(studentT(freedom) - t)).toBeLessThan(0.0015);
});
