import { describe, expect, test } from "vitest";
import { findById, nearest } from "../../src/course/find.ts";

const items = [
  "06a-first-async-program/hello",
  "06c-running-multiple-tasks/semaphore",
  "06c-running-multiple-tasks/weighted-semaphore",
  "06g-advanced-patterns/retry",
  "06g-advanced-patterns/retry-budget",
  "projects/1-crawler",
].map((id) => ({ id }));

describe("findById()", () => {
  test.each([
    ["06c-running-multiple-tasks/semaphore", "06c-running-multiple-tasks/semaphore"],
    ["semaphore", "06c-running-multiple-tasks/semaphore"],
    ["Semaphore", "06c-running-multiple-tasks/semaphore"],
    ["weighted", "06c-running-multiple-tasks/weighted-semaphore"],
    ["06a", "06a-first-async-program/hello"],
    ["crawler", "projects/1-crawler"],
    ["exercises/06c-running-multiple-tasks/semaphore/", "06c-running-multiple-tasks/semaphore"],
    ["./exercises/06g-advanced-patterns/retry/retry.spec.ts", "06g-advanced-patterns/retry"],
    ["exercises\\06g-advanced-patterns\\retry\\retry.ts", "06g-advanced-patterns/retry"],
    ["src/examples/06a-first-async-program/hello.ts", "06a-first-async-program/hello"],
  ])("takes %s for %s", (query, id) => {
    expect(findById(items, query)).toEqual({ kind: "found", item: { id } });
  });

  test("lists all that a part fits", () => {
    const found = findById(items, "06c");
    expect(found.kind === "ambiguous" && found.matches.map((item) => item.id)).toEqual([
      "06c-running-multiple-tasks/semaphore",
      "06c-running-multiple-tasks/weighted-semaphore",
    ]);
  });

  test.each([
    ["semafore", "06c-running-multiple-tasks/semaphore"],
    ["rety-budgt", "06g-advanced-patterns/retry-budget"],
    ["06g-advanced-paterns/rety", "06g-advanced-patterns/retry"],
  ])("names the nearest to %s", (query, id) => {
    expect(findById(items, query)).toEqual({ kind: "unknown", nearest: id });
  });

  test("names nothing where there is nothing, and takes no empty text for a part", () => {
    expect(findById([], "x")).toEqual({ kind: "unknown", nearest: undefined });
    expect(findById(items, "").kind).toBe("unknown");
  });
});

test("nearest() gives the first of equally near ones", () => {
  expect(nearest(["check", "list"], "chekc")).toBe("check");
  expect(nearest(["ab", "cd"], "xy")).toBe("ab");
  expect(nearest([], "x")).toBeUndefined();
});
