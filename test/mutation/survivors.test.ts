import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { survivors } from "./survivors.ts";

const root = path.join(import.meta.dirname, "..", "..");

test("every mutant that is listed as a survivor can still be made", () => {
  const gone = survivors.filter(({ file, code }) => {
    const source = readFileSync(path.join(root, file), "utf8").replaceAll(/\s+/g, " ");
    return !code.split(" … ").every((part) => source.includes(part));
  });
  expect(gone).toStrictEqual([]);
});

test("every survivor has a reason", () => {
  for (const { code, mutant, reason } of survivors) {
    expect(mutant).not.toBe(code);
    expect(reason).toMatch(/^[A-Z].{20,}[^.]$/);
  }
});
