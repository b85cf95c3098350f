import { describe, expect, test } from "vitest";
import { isGuard, likelyCause } from "../../src/course/cause.ts";
import { exercise, verdictOf } from "./support.ts";

const leaky = { name: "leaky", file: "leaky.ts", cause: "It leaks.", fails: ["c", "b"] };
const greedy = { name: "greedy", file: "greedy.ts", cause: "It takes too many.", fails: ["b"] };
const all = { name: "all", file: "all.ts", cause: "All is wrong.", fails: ["a", "b", "c"] };
const gate = exercise("gate", { misconceptions: [leaky, greedy, all] });

describe("likelyCause()", () => {
  test("is the misconception that the same tests reject", () => {
    const verdict = verdictOf(gate.id, { a: "passed", b: "failed", c: "failed", "d (guard)": "passed" });
    expect(likelyCause(gate, verdict)).toBe(leaky);
    expect(likelyCause(gate, verdictOf(gate.id, { a: "passed", b: "failed", c: "passed" }))).toBe(greedy);
  });

  test("is none where one test more or less fails", () => {
    expect(likelyCause(gate, verdictOf(gate.id, { a: "passed", b: "passed", c: "failed" }))).toBeUndefined();
  });

  test("is none where all fail as on an untouched stub", () => {
    const verdict = verdictOf(gate.id, { a: "failed", b: "failed", c: "failed", "d (guard)": "passed" });
    expect(likelyCause(gate, verdict)).toBeUndefined();
  });

  test("is none where two misconceptions fit", () => {
    const twins = exercise("gate", { misconceptions: [greedy, { ...greedy, name: "twin" }] });
    expect(likelyCause(twins, verdictOf(gate.id, { a: "passed", b: "failed" }))).toBeUndefined();
  });
});

test("isGuard() goes by the end of the name", () => {
  expect(isGuard("stays fast (guard)")).toBe(true);
  expect(isGuard("a (guard) at the door")).toBe(false);
});
