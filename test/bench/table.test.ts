import { describe, expect, test } from "vitest";
import { figure, times, toMarkdown, toText } from "../../bench/table.ts";

const table = {
  columns: [{ name: "who" }, { name: "ns", figures: true }, { name: "note" }],
  lines: [
    ["ours", "1,234", ""],
    ["a|b", "5", "two words"],
  ],
};

test("a table for a terminal has columns of one width, figures to the right", () => {
  expect(toText(table).split("\n")).toEqual([
    "who      ns  note", //
    "ours  1,234",
    "a|b       5  two words",
  ]);
});

test("a table for Markdown names its columns and escapes what would end a cell", () => {
  expect(toMarkdown(table).split("\n")).toEqual([
    "| who | ns | note |",
    "| --- | ---: | --- |",
    "| ours | 1,234 |  |",
    "| a\\|b | 5 | two words |",
  ]);
});

describe("a figure", () => {
  test.each([
    [0, "0"],
    [7, "7"],
    [7.26, "7.3"],
    [99.94, "99.9"],
    [123.6, "124"],
    [1_234_567.8, "1,234,568"],
  ])("%d is written %s", (value, text) => {
    expect(figure(value)).toBe(text);
  });
});

describe("a multiple", () => {
  test.each([
    [0, "0x"],
    [0.0451, "0.045x"],
    [0.7, "0.70x"],
    [9.994, "9.99x"],
    [12.34, "12.3x"],
    [123.4, "123x"],
    [NaN, ""],
    [Infinity, ""],
  ])("%d is written %j", (ratio, text) => {
    expect(times(ratio)).toBe(text);
  });
});
