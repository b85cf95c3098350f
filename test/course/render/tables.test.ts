import { expect, test } from "vitest";
import { exampleTable, exerciseTable, updateBlocks } from "../../../src/course/render/tables.ts";
import type { Course } from "../../../src/course/model.ts";
import { courseOf, exercise } from "../support.ts";

const base = courseOf(
  exercise("gate", { title: "A gate | for two", implement: ["Semaphore", "Permit"] }),
  exercise("page", { title: "Use [gather]", writes: ["loadPage"] }),
);
const course: Course = {
  ...base,
  chapters: base.chapters.map((chapter) => ({
    ...chapter,
    examples: [
      {
        id: "01-one/tick",
        chapter: "01-one",
        name: "tick",
        title: "A tick",
        clock: "real",
        patterns: ["sleep", "gather"],
        file: "tick.ts",
        expectedFile: "tick.expected.txt",
      },
    ],
  })),
};

test("exerciseTable() links each exercise and says what is written there", () => {
  expect(exerciseTable(course)).toBe(
    [
      "| Chapter | Exercise | You write |",
      "| --- | --- | --- |",
      "| One | [A gate \\| for two](exercises/01-one/gate/README.md) | `Semaphore`, `Permit` |",
      "|  | [Use \\[gather\\]](exercises/01-one/page/README.md) | `loadPage` |",
    ].join("\n"),
  );
});

test("exampleTable() gives title, clock and patterns", () => {
  expect(exampleTable(course)).toBe(
    [
      "| Example | What it shows | Clock | Patterns |",
      "| --- | --- | --- | --- |",
      "| [01-one/tick](src/examples/01-one/tick.ts) | A tick | real | `sleep`, `gather` |",
    ].join("\n"),
  );
});

const blocks = {
  sizes: (): string => "1 kB",
  names: ({ root }: Course): string => root.replaceAll("\\", "/"),
};

test("updateBlocks() rewrites what stands between the markers, and nothing else", () => {
  const text =
    "# Title\n\n<!-- sizes:start -->\nold\n<!-- sizes:end -->\n\nmiddle\n<!-- names:start --><!-- names:end -->\n";
  const updated = updateBlocks(text, { ...course, root: "/r" }, blocks);
  expect(updated).toBe(
    "# Title\n\n<!-- sizes:start -->\n\n1 kB\n\n<!-- sizes:end -->\n\nmiddle\n<!-- names:start -->\n\n/r\n\n<!-- names:end -->\n",
  );
  expect(updateBlocks(updated, { ...course, root: "/r" }, blocks)).toBe(updated);
});

test.each(["# no markers", "<!-- sizes:start -->", "<!-- sizes:end --><!-- sizes:start -->"])(
  "updateBlocks() names the markers that %j lacks",
  (text) => {
    expect(() => updateBlocks(text, course, { sizes: blocks.sizes })).toThrow(
      'No place for the sizes: add the lines "<!-- sizes:start -->" and "<!-- sizes:end -->".',
    );
  },
);
