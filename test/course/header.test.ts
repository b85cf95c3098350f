import { describe, expect, test } from "vitest";
import { field, firstParagraph, firstSentence, headerLines, tags } from "../../src/course/header.ts";

describe("headerLines()", () => {
  test("takes the stars off the comment that the file begins with", () => {
    expect(headerLines("/**\r\n * One.\r\n *\r\n *   two\r\n */\r\ncode();")).toEqual([
      "",
      "One.",
      "",
      "  two",
      "",
    ]);
  });

  test("reads a comment on one line, below a shebang", () => {
    expect(headerLines("#!/usr/bin/env node\n/** One. */\n")).toEqual(["One."]);
  });

  test("finds none where code comes first", () => {
    expect(headerLines("code();\n/** One. */")).toBeUndefined();
  });
});

test("firstParagraph() joins lines up to an empty one or a tag", () => {
  expect(firstParagraph(["", "One", "two.", "", "Three."])).toBe("One two.");
  expect(firstParagraph(["One", "@fails two"])).toBe("One");
  expect(firstParagraph(["", ""])).toBe("");
});

test.each([
  [["One thing. Another."], "One thing"],
  [["What Promise.all adds,", "e.g. a failure. `await` waits."], "What Promise.all adds, e.g. a failure"],
  [["Does it wait? No."], "Does it wait?"],
  [["No full stop"], "No full stop"],
])("firstSentence() of %j is %j", (lines, sentence) => {
  expect(firstSentence(lines)).toBe(sentence);
});

test("field() reads the line that begins with the name", () => {
  const lines = ["Clocks: many", "Clock: real; blocking is real"];
  expect(field(lines, "Clock")).toBe("real; blocking is real");
  expect(field(lines, "Patterns")).toBeUndefined();
});

test("tags() reads each tag with the lines that continue it", () => {
  const lines = [
    "Cause.",
    "",
    "@fails one",
    "@fails two",
    "  goes on",
    "@other three",
    "four",
    "@fails",
    "@failsafe x",
  ];
  expect(tags(lines, "fails")).toEqual(["one", "two goes on"]);
});
