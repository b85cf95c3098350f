import { expect, test } from "vitest";
import { chooseStyle, colored, indent, plain } from "../../../src/course/render/style.ts";

test.each([
  [true, {}, colored],
  [false, {}, plain],
  [true, { NO_COLOR: "1" }, plain],
  [true, { NO_COLOR: "" }, colored],
  [true, { NO_COLOR: "1", FORCE_COLOR: "1" }, plain],
  [false, { FORCE_COLOR: "1" }, colored],
  [true, { FORCE_COLOR: "0" }, plain],
  [true, { TERM: "dumb" }, plain],
])("chooseStyle(%s, %j)", (isTTY, env, style) => {
  expect(chooseStyle(isTTY, env)).toBe(style);
});

test("indent() leaves empty lines empty", () => {
  expect(indent("a\n\n b")).toBe("  a\n\n   b");
});
