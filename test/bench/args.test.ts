import { expect, test } from "vitest";
import { readOptions, usage } from "../../bench/args.ts";

test("by default all rows are measured in five rounds", () => {
  expect(readOptions([])).toEqual({ short: false, rows: undefined, rounds: 5 });
});

test("a short run has one round, unless rounds are given", () => {
  expect(readOptions(["--short"])).toEqual({ short: true, rows: undefined, rounds: 1 });
  expect(readOptions(["--short", "--rounds", "2"]).rounds).toBe(2);
});

test("rows and rounds are read", () => {
  expect(readOptions(["--rows", "limit", "--rounds", "7"])).toEqual({
    short: false,
    rows: "limit",
    rounds: 7,
  });
});

test.each(["0", "1.5", "many"])("rounds of %s are refused", (rounds) => {
  expect(() => readOptions(["--rounds", rounds])).toThrow(
    new Error(`bench: --rounds must be an integer >= 1, got ${rounds}\n${usage}`),
  );
});

test("an unknown option is refused with the usage", () => {
  expect(() => readOptions(["--fast"])).toThrow(/^bench: Unknown option '--fast'[^]*npm run bench -- /);
});
