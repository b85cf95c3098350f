import { describe, expect, test } from "vitest";
import type { Problem, Verdict } from "../../src/course/verdict.ts";
import { checkMisconception, checkSolution, checkStub } from "../../src/course/verify-answers.ts";
import { Checklist } from "../../src/course/verify-checklist.ts";
import { exercise, verdictOf } from "./support.ts";

const one = exercise("gate");
const loop: Problem = { kind: "endless-loop", message: "gate.ts:3 never ends." };
const broken: Problem = { kind: "load-error", message: "gate.ts does not parse." };

function complaintsOf(check: (list: Checklist) => void): string[] {
  const list = new Checklist();
  check(list);
  expect(list.checks.length).toBeGreaterThan(0);
  return list.checks.filter(({ ok }) => !ok).map(({ message }) => message);
}

function stubComplaints(verdict: Verdict | undefined): string[] {
  return complaintsOf((list) => checkStub(one, verdict, list));
}

describe("checkStub()", () => {
  test("accepts a stub that fails all but the guards", () => {
    expect(stubComplaints(verdictOf(one.id, { "a (guard)": "passed", b: "failed" }))).toEqual([]);
  });

  test("refuses a guard that fails", () => {
    expect(stubComplaints(verdictOf(one.id, { "a (guard)": "failed", b: "failed" }))).toEqual([
      'The stub fails the guard "a (guard)": make the stub pass it, or take " (guard)" from its name.',
    ]);
  });

  test("refuses a test that did not run", () => {
    expect(stubComplaints(verdictOf(one.id, { a: "failed", b: "not-run" }))).toEqual([
      'The test "b" did not run on the stub: let the tests before it end.',
    ]);
  });

  test("refuses a stub that does not load or does not end", () => {
    expect(stubComplaints(verdictOf(one.id, { a: "failed" }, { problems: [broken, loop] }))).toEqual([
      "The stub does not run as it should (load-error): mend it. gate.ts does not parse.",
      "The stub does not run as it should (endless-loop): mend it. gate.ts:3 never ends.",
    ]);
  });

  test("refuses a spec without tests, and a verdict that never came", () => {
    expect(stubComplaints(verdictOf(one.id, {}))).toEqual([
      "The stub met no test: the spec must hold at least one.",
    ]);
    expect(stubComplaints(undefined)).toEqual(["The stub was not judged: the runner gave no verdict."]);
  });
});

describe("checkSolution()", () => {
  const file = "/course/solutions/01-one/gate.then.ts";
  const check = (verdict: Verdict): string[] =>
    complaintsOf((list) => checkSolution(one, file, verdict, list));

  test("accepts one that passes", () => {
    expect(check(verdictOf(one.id, { a: "passed" }))).toEqual([]);
  });

  test("names the tests that fail, with the first message", () => {
    const failed = { name: "b", state: "failed", message: "no permit came back" } as const;
    expect(check(verdictOf(one.id, { a: "passed", b: failed, c: "not-run" }))).toEqual([
      'The solution solutions/01-one/gate.then.ts fails "b", "c": mend it, or the test. It says: no permit came back',
    ]);
  });

  test("refuses one that passes every test and still has not passed", () => {
    expect(check(verdictOf(one.id, { a: "passed" }, { passed: false }))).toEqual([
      "The solution solutions/01-one/gate.then.ts does not pass: see what its run reports.",
    ]);
  });
});

describe("checkMisconception()", () => {
  const misconception = { name: "leaky", file: "leaky.ts", cause: "It leaks.", fails: ["b", "c"] };
  const check = (verdict: Verdict, fails = misconception.fails): string[] =>
    complaintsOf((list) =>
      checkMisconception(one, { ...misconception, fails }, verdict, new Set("abcd"), list),
    );

  test("accepts one that fails the tests stated, though the later ones stand in another order", () => {
    const verdict = verdictOf(one.id, { a: "passed", b: "failed", c: "failed", d: "failed" });
    expect(check(verdict, ["b", "d", "c"])).toEqual([]);
  });

  test("accepts one whose mistake is an endless loop", () => {
    const verdict = verdictOf(one.id, { a: "passed", b: "failed", c: "not-run" }, { problems: [loop] });
    expect(check(verdict)).toEqual([]);
  });

  test("refuses one that does not even load", () => {
    expect(check(verdictOf(one.id, { b: "failed", c: "failed" }, { problems: [broken] }))).toEqual([
      "The misconception leaky does not run as it should (load-error): mend it. gate.ts does not parse.",
    ]);
  });

  test("refuses one that passes a test that it names", () => {
    expect(check(verdictOf(one.id, { a: "passed", b: "failed", c: "passed" }))).toEqual([
      'The misconception leaky is not rejected as its @fails lines say (it passes "c"): mend the lines or the spec.',
    ]);
  });
});
