import { expect, test } from "vitest";
import { Random } from "./random.ts";

const first = (...path: [seed: number, ...number[]]): number[] => {
  const random = new Random(...path);
  return Array.from({ length: 5 }, () => random.next());
};

test("the same seed and path give the same numbers", () => {
  expect(first(7, 1, 2)).toEqual(first(7, 1, 2));
});

test("another seed, or another path, gives others", () => {
  const all = [first(7, 1, 2), first(8, 1, 2), first(7, 2, 1), first(7, 1), first(7), first(0), first(0, 0)];
  expect(new Set(all.flat()).size).toBe(5 * all.length);
});

test("numbers are spread evenly from 0 up to 1", () => {
  const random = new Random(1);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 10_000; i++) {
    const tenth = Math.floor(random.next() * 10);
    tenths[tenth] = (tenths[tenth] ?? NaN) + 1;
  }
  for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test("below(), chance() and pick() stay within their bounds", () => {
  const random = new Random(3);
  const draws = Array.from({ length: 1_000 }, () => random.below(3));
  expect(new Set(draws)).toEqual(new Set([0, 1, 2]));
  expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
  expect(random.pick("only")).toBe("only");
});
