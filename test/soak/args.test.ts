import { expect, test } from "vitest";
import { readOptions, usage } from "./args.ts";

test("without options it takes two minutes and a seed of its own", () => {
  const { seed, seconds } = readOptions([]);
  expect(seconds).toBe(120);
  expect(Number.isInteger(seed)).toBe(true);
  expect(readOptions([]).seed).not.toBe(seed);
});

test("time and seed can be given", () => {
  expect(readOptions(["--seconds", "2.5", "--seed", "7"])).toEqual({ seconds: 2.5, seed: 7 });
});

test.for([
  [["--seconds", "0"], "--seconds must be a number > 0, got 0"],
  [["--seconds", "Infinity"], "--seconds must be a number > 0, got Infinity"],
  [["--seconds", "long"], "--seconds must be a number > 0, got long"],
  [["--seed", "0.5"], "--seed must be an integer, got 0.5"],
] as const)("%j is refused", ([args, complaint]) => {
  expect(() => readOptions(args)).toThrow(new Error(`soak: ${complaint}\n${usage}`));
});

test("what is no option is refused with the usage", () => {
  expect(() => readOptions(["--minutes", "2"])).toThrow(/^soak: .*'--minutes'[^]*npm run soak -- /);
});
