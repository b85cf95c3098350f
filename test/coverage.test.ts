import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { gaps, type FileCoverage } from "./coverage.ts";

const root = path.resolve("clone");

const covered: FileCoverage = {
  path: path.join(root, "src", "patterns", "time", "sleep.ts"),
  statementMap: { 0: { start: { line: 3 } }, 1: { start: { line: 7 } } },
  fnMap: { 0: { line: 2 } },
  branchMap: { 0: { type: "if", line: 5, locations: [{ start: { line: 5 } }, { start: {} }] } },
  s: { 0: 1, 1: 2 },
  f: { 0: 1 },
  b: { 0: [1, 1] },
};

test("a file of which everything ran has no gaps", () => {
  expect(gaps([covered], root)).toStrictEqual([]);
});

test("what never ran is told by file and line, in the order of the lines", () => {
  const file: FileCoverage = { ...covered, s: { 0: 0, 1: 0 }, f: { 0: 0 }, b: { 0: [0, 1] } };
  expect(gaps([covered, file], root)).toStrictEqual([
    "src/patterns/time/sleep.ts:2: function",
    "src/patterns/time/sleep.ts:3: statement",
    "src/patterns/time/sleep.ts:5: if branch",
    "src/patterns/time/sleep.ts:7: statement",
  ]);
});

test("a missing else is told by the line of its if, and a line is told once", () => {
  const twice = { ...covered.statementMap, 2: { start: { line: 7 } }, 3: { start: { line: 5 } } };
  const file: FileCoverage = {
    ...covered,
    statementMap: twice,
    s: { 0: 1, 1: 0, 2: 0, 3: 0 },
    b: { 0: [1, 0] },
  };
  expect(gaps([file], root)).toStrictEqual([
    "src/patterns/time/sleep.ts:5: if branch, statement",
    "src/patterns/time/sleep.ts:7: statement",
  ]);
});

test("no comment keeps a part of the patterns from coverage or from mutation", async () => {
  const folder = path.join(import.meta.dirname, "..", "src", "patterns");
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith(".ts"));
  const texts = await Promise.all(files.map((name) => readFile(path.join(folder, name), "utf8")));
  expect(texts.join("")).toContain("export class Semaphore");
  const comment = /\b(v8|c8|istanbul) ignore|Stryker (disable|restore)/;
  expect(files.filter((_, index) => comment.test(texts[index] as string))).toStrictEqual([]);
});
