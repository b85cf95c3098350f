import { expect, test } from "vitest";
import { type ExerciseState, renderList, renderShortList } from "../../../src/course/render/list.ts";
import { plain } from "../../../src/course/render/style.ts";
import type { Course, Example } from "../../../src/course/model.ts";
import { courseOf, exercise } from "../support.ts";

const example: Example = {
  id: "02-two/tick",
  chapter: "02-two",
  name: "tick",
  title: "A tick",
  clock: "virtual",
  patterns: [],
  file: "tick.ts",
  expectedFile: "tick.expected.txt",
};
const base = courseOf(exercise("gate"), exercise("semaphore"), exercise("last"));
const course: Course = {
  ...base,
  chapters: [
    ...base.chapters,
    { id: "02-two", title: "Two", examples: [example], exercises: [exercise("tock", { id: "02-two/tock" })] },
  ],
};
const states = new Map<string, ExerciseState>([
  ["01-one/gate", "solved"],
  ["01-one/semaphore", "started"],
]);
const state = (id: string): ExerciseState => states.get(id) ?? "open";

test("renderList() shows exercises with their state, and examples", () => {
  expect(renderList({ course, state, current: "01-one/semaphore", style: plain })).toBe(
    [
      "One  01-one  1/3",
      "    solved   gate       Title of gate",
      "  > started  semaphore  Title of semaphore",
      "    -        last       Title of last",
      "",
      "Two  02-two  0/1",
      "    -        tock  Title of tock",
      "    example  tick  A tick",
      "",
      "1 of 4 exercises solved",
    ].join("\n"),
  );
});

test("renderShortList() opens only the current chapter", () => {
  expect(renderShortList({ course, state, current: "02-two/tock", style: plain })).toBe(
    [
      "One  01-one  1/3",
      "Two  02-two  0/1",
      "  > -        tock  Title of tock",
      "",
      "1 of 4 exercises solved",
    ].join("\n"),
  );
});

test("renderList() of an empty course says so", () => {
  const empty = { root: "/course", chapters: [], faults: [] };
  expect(renderList({ course: empty, state, current: undefined, style: plain })).toBe(
    "0 of 0 exercises solved",
  );
});
