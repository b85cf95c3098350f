import { describe, expect, test } from "vitest";
import type { Candidate } from "../../bench/row.ts";
import { rows } from "../../bench/rows/index.ts";

const namesOf = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);
const isCompared = ({ role, counts = true }: Candidate): boolean => role === "peer" && counts;

test("rows have names of their own", () => {
  expect(new Set(namesOf(rows)).size).toBe(rows.length);
});

describe.each(rows)("$name", ({ candidates, goals = [] }) => {
  test("measures ours beside a peer, under names of their own", () => {
    const names = namesOf(candidates);
    expect(names).toContain("yieldpoint");
    expect(candidates.some(isCompared)).toBe(true);
    expect(new Set(names).size).toBe(names.length);
  });

  test("has goals for what it measures", () => {
    for (const goal of goals) {
      expect(namesOf(candidates)).toContain(goal.candidate ?? "yieldpoint");
      if ("ratio" in goal && goal.against !== undefined) {
        expect(namesOf(candidates.filter(isCompared))).toContain(goal.against);
      }
    }
  });
});

describe.each(rows.filter(({ short = false }) => short))("$name in a short run", ({ candidates, goals }) => {
  test("has a goal, and a peer that is quick", () => {
    expect(goals?.length).toBeGreaterThan(0);
    expect(candidates.filter(({ slow = false }) => !slow).some(isCompared)).toBe(true);
  });
});

test("every kind of goal stands in a short run", () => {
  const kinds = rows.filter(({ short }) => short).map(({ name }) => name);
  expect(kinds).toEqual([
    "limit-1k-c10",
    "execute-uncontended",
    "waiter-memory",
    "hand-over",
    "abort-oldest",
    "map-async-c10",
    "map-immediate-c10",
    "timeout",
    "timeout-memory",
    "queue-16",
    "race-leak",
    "race-leak-time",
    "retry",
    "breaker-closed",
    "breaker-open",
    "policy",
  ]);
});
