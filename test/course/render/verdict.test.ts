import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { colored, plain } from "../../../src/course/render/style.ts";
import { renderNext, renderVerdict, renderVerdictLine } from "../../../src/course/render/verdict.ts";
import type { Verdict } from "../../../src/course/verdict.ts";
import { exercise, verdictOf } from "../support.ts";

const fails = ["a permit comes back after a throw"];
const leaky = { name: "leaky", file: "leaky.ts", cause: "The permit is released only on success.", fails };
const gate = exercise("gate", { misconceptions: [leaky] });
const show = (file: string): string => path.relative("/course", file).replaceAll("\\", "/");

function render(verdict: Verdict): string {
  return renderVerdict({ exercise: gate, verdict, show, style: plain });
}

describe("renderVerdict()", () => {
  test("names each test, shows the first failure in full, and its likely cause", () => {
    const message = "a permit was not returned\nyou       a ██\n\nexpected  a █";
    const verdict = verdictOf(gate.id, {
      "two run at once": "passed",
      "a permit comes back after a throw": {
        name: fails[0] ?? "",
        state: "failed",
        message,
        at: "gate.ts:12",
      },
      "the order is kept (guard)": "passed",
    });
    expect(render(verdict)).toBe(
      [
        "Title of gate  01-one/gate",
        "exercises/01-one/gate/gate.ts",
        "",
        "  pass  two run at once",
        "  FAIL  a permit comes back after a throw",
        "  pass  the order is kept (guard)",
        "",
        "a permit comes back after a throw",
        "  a permit was not returned",
        "  you       a ██",
        "",
        "  expected  a █",
        "  at gate.ts:12",
        "",
        "One mistake that fails just these tests: The permit is released only on success.",
      ].join("\n"),
    );
  });

  test("shows problems before the tests, and only the first of several failures in full", () => {
    const verdict = verdictOf(
      gate.id,
      {
        one: { name: "one", state: "failed", message: "first message" },
        two: { name: "two", state: "failed", message: "second message" },
        three: "not-run",
      },
      { problems: [{ kind: "endless-loop", message: "gate.ts:3 never ends.\nIt was stopped." }] },
    );
    expect(render(verdict)).toBe(
      [
        "Title of gate  01-one/gate",
        "exercises/01-one/gate/gate.ts",
        "",
        "Problem  gate.ts:3 never ends.",
        "  It was stopped.",
        "",
        "  FAIL     one",
        "  FAIL     two",
        "  not run  three",
        "",
        "one",
        "  first message",
      ].join("\n"),
    );
  });

  test("shows what the answer printed, the last lines of it", () => {
    const shown = render(verdictOf(gate.id, { one: "passed" }, { output: "hello\nworld\n" }));
    expect(shown).toContain("  pass  one\n\nPrinted by your code:\n  hello\n  world");
    const output = Array.from({ length: 40 }, (_, n) => `line ${n + 1}\n`).join("");
    const long = render(verdictOf(gate.id, { one: "passed" }, { output }));
    expect(long).toContain("Printed by your code:\n  ... 10 lines more above\n  line 11\n");
    expect(long.endsWith("\n  line 40")).toBe(true);
  });

  test("colours only when asked to", () => {
    const verdict = verdictOf(gate.id, { one: "passed", two: "failed" });
    expect(renderVerdict({ exercise: gate, verdict, show, style: colored })).toContain(
      "\u001B[31mFAIL\u001B[39m",
    );
    expect(render(verdict)).not.toContain("\u001B");
  });
});

test("renderVerdictLine() sums up", () => {
  expect(renderVerdictLine(gate, verdictOf(gate.id, { one: "passed" }), plain)).toBe("pass  01-one/gate");
  const failed = verdictOf(
    gate.id,
    { one: "passed", two: "failed", three: "not-run" },
    { problems: [{ kind: "crash", message: "It crashed.\nBadly." }] },
  );
  expect(renderVerdictLine(gate, failed, plain)).toBe("FAIL  01-one/gate  2 of 3 tests failed; It crashed.");
});

test("renderNext() leads from a failure to the task, and from a pass to the solution", () => {
  const view = { exercise: gate, show, style: plain, hint: "press h" };
  expect(renderNext({ ...view, verdict: verdictOf(gate.id, { one: "failed" }) })).toBe(
    ["Task:  exercises/01-one/gate/README.md", "Edit:  exercises/01-one/gate/gate.ts", "Hint:  press h"].join(
      "\n",
    ),
  );
  expect(renderNext({ ...view, verdict: verdictOf(gate.id, { one: "passed" }) })).toBe(
    "Solved. To compare: solutions/01-one/gate.ts",
  );
});
