import { expect, test } from "vitest";
import { median, summarise } from "../../bench/statistics.ts";

test("the median of an odd number of figures is the middle one", () => {
  expect(median([30, 1, 2])).toBe(2);
});

test("the median of an even number of figures is between the middle two", () => {
  expect(median([100, 1, 4, 2])).toBe(3);
});

test("there is no median of nothing", () => {
  expect(median([])).toBeNaN();
});

test("figures stay in their order", () => {
  const figures = [3, 1, 2];
  median(figures);
  expect(figures).toEqual([3, 1, 2]);
});

test("a summary has the median, the least and the greatest", () => {
  expect(summarise([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
});
