import { expect, test } from "vitest";
import { readHints } from "../../src/course/hints.ts";

test("readHints() gives the text below each heading", () => {
  expect(readHints("# Hints\n\nintro\n\n## One\n\nfirst\n\nmore\n\n## Two\n\n### inner\nsecond\n")).toEqual([
    "first\n\nmore",
    "### inner\nsecond",
  ]);
});

test("readHints() takes no comment in a code block for a heading", () => {
  expect(readHints("## One\n\n```sh\n## no heading\n```\n\n~~~\n```\n## nor this\n~~~\n## Two\r\nx")).toEqual(
    ["```sh\n## no heading\n```\n\n~~~\n```\n## nor this\n~~~", "x"],
  );
});

test("readHints() leaves out headings without text", () => {
  expect(readHints("## One\n\n## Two\ntext")).toEqual(["text"]);
});
