import { describe as suite, expect, test } from "vitest";
import { describe, hasEscaped, judge, type Escape } from "./judge.ts";
import type { Survivor } from "./survivors.ts";

const source = ["function f(signal) {", "  if (signal?.aborted) return;", "  go();", "}", ""].join("\n");

suite("a mutant is described", () => {
  test("by the line that it is in, and that line mutated", () => {
    const location = { start: { line: 2, column: 7 }, end: { line: 2, column: 22 } };
    expect(describe("src/patterns/a/b.ts", source, { location, replacement: "true" })).toStrictEqual({
      file: "src/patterns/a/b.ts",
      line: 2,
      code: "if (signal?.aborted) return;",
      mutant: "if (true) return;",
    });
  });

  test("in one line, where it spans several, abridged where it is long", () => {
    const location = { start: { line: 1, column: 20 }, end: { line: 4, column: 2 } };
    const { code, mutant } = describe("b.ts", source, { location, replacement: "{}" });
    expect(code).toBe("function f(signal) { if (signal?.aborted) return; go(); }");
    expect(mutant).toBe("function f(signal) {}");
    const long = `const text = "${"a".repeat(200)}";`;
    const start = { line: 1, column: 14 };
    const found = describe("b.ts", long, {
      location: { start, end: { line: 1, column: 216 } },
      replacement: '""',
    });
    expect(found.code).toBe(`${long.slice(0, 100)} … ${long.slice(-50)}`);
    expect(found.mutant).toBe('const text = "";');
  });
});

test("what survived has escaped, and what no test reaches", () => {
  const statuses = ["Killed", "Timeout", "RuntimeError", "Survived", "NoCoverage", "Ignored"] as const;
  const escaped = statuses.filter((status) => hasEscaped({ status }));
  expect(escaped).toStrictEqual(["Survived", "NoCoverage"]);
});

suite("a row", () => {
  const escape: Escape = {
    file: "src/patterns/a/b.ts",
    line: 2,
    code: "if (a) b();",
    mutant: "if (true) b();",
  };
  const listed: Survivor = { file: escape.file, code: escape.code, mutant: escape.mutant, reason: "same" };
  const killed = Array.from({ length: 9 }, () => ({ status: "Killed" }) as const);
  const survived = { status: "Survived" } as const;

  test("is in order when enough is detected and every survivor is listed", () => {
    expect(judge([...killed, survived], [escape], [listed])).toStrictEqual({
      detected: 9,
      total: 10,
      listed: 1,
      unlisted: [],
      stale: [],
      ok: true,
    });
  });

  test("is not when a survivor is not listed, be it in another file or as another mutant", () => {
    for (const other of [{ file: "c.ts" }, { code: "if (c) b();" }, { mutant: "if (false) b();" }]) {
      const entry = { ...listed, ...other };
      const judgement = judge([...killed, survived], [escape], [entry]);
      expect(judgement).toMatchObject({ listed: 0, unlisted: [escape], stale: [entry], ok: false });
    }
  });

  test("needs an entry for each of two mutants that look alike", () => {
    const both = [...killed, ...killed, survived, survived];
    expect(judge(both, [escape, escape], [listed])).toMatchObject({ unlisted: [escape], ok: false });
    expect(judge(both, [escape, escape], [listed, listed])).toMatchObject({ listed: 2, stale: [], ok: true });
  });

  test("is not when too little is detected, although every survivor is listed", () => {
    const judgement = judge([...killed, survived, survived], [escape, escape], [listed, listed]);
    expect(judgement).toMatchObject({ detected: 9, total: 11, unlisted: [], ok: false });
  });

  test("counts a mutant that ends in an endless loop or an error, and none that was not judged", () => {
    const statuses = ["Timeout", "RuntimeError", "Ignored"] as const;
    const results = statuses.map((status) => ({ status }));
    expect(judge(results, [], [])).toMatchObject({ detected: 2, total: 2, ok: true });
  });

  test("with an entry that does not survive any more is in order, and tells", () => {
    expect(judge(killed, [], [listed])).toMatchObject({ detected: 9, total: 9, stale: [listed], ok: true });
  });
});
