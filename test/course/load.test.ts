import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { allExamples, allExercises, loadCourse } from "../../src/course/load.ts";
import { miniature, temporaryFolder } from "./support.ts";

const chapter = "06c-running-multiple-tasks";

function head(order: number): string {
  return `---\ntitle: x\norder: ${order}\n---\n`;
}

describe("loadCourse() on the miniature course", () => {
  test("reads an exercise with all that belongs to it", async () => {
    const course = await loadCourse(miniature);
    expect(course.faults).toEqual([]);
    expect(course.chapters.map(({ id, title }) => ({ id, title }))).toEqual([
      { id: chapter, title: "Running multiple tasks" },
    ]);
    const [exercise, ...others] = allExercises(course);
    expect(others).toEqual([]);
    expect(exercise).toMatchObject({
      id: `${chapter}/pair`,
      title: "Two tasks at once",
      order: 10,
      implement: ["pair"],
      writes: ["pair"],
      stub: path.join(miniature, "exercises", chapter, "pair", "pair.ts"),
      spec: path.join(miniature, "exercises", chapter, "pair", "pair.spec.ts"),
      solutions: ["pair.ts", "pair.then.ts"].map((name) => path.join(miniature, "solutions", chapter, name)),
    });
    expect(exercise?.hints).toHaveLength(3);
    expect(exercise?.misconceptions.map(({ name, fails }) => ({ name, fails }))).toEqual([
      { name: "failure-lost", fails: ["a failure is passed on"] },
      { name: "one-after-the-other", fails: ["the second task starts before the first has ended"] },
      {
        name: "settled-objects",
        fails: ["the results come in the order of the tasks", "a failure is passed on"],
      },
      { name: "swapped", fails: ["the results come in the order of the tasks"] },
    ]);
    expect(exercise?.misconceptions[1]?.cause).toBe(
      "The second task starts only when the first one is over, because `await` stands between the two calls.",
    );
  });

  test("reads the examples, and passes over stray files", async () => {
    const course = await loadCourse(miniature);
    const shown = allExamples(course).map(({ id, title, clock, patterns }) => ({
      id,
      title,
      clock,
      patterns,
    }));
    expect(shown).toEqual([
      {
        id: `${chapter}/never`,
        title: "A promise that nobody settles keeps the script from its end",
        clock: "real",
        patterns: [],
      },
      {
        id: `${chapter}/two-at-once`,
        title: "Two waits at once take as long as one",
        clock: "virtual",
        patterns: ["pair"],
      },
    ]);
  });
});

describe("loadCourse()", () => {
  test("gives an empty course where the trees are missing", async () => {
    const root = await temporaryFolder();
    expect(await loadCourse(root)).toEqual({ root, chapters: [], faults: [] });
  });

  test("passes over strays of every kind", async () => {
    const root = await temporaryFolder({
      "exercises/scratch.ts": "",
      "exercises/.DS_Store": "",
      "exercises/scratch/mine/README.md": "---\ntitle: x\n---\n",
      "exercises/01-one/.DS_Store": "",
      "exercises/01-one/notes.md": "",
      "exercises/01-one/half/half.ts": "",
      "exercises/02-two": "a file",
      "src/examples/01-one/scratch.ts": "console.log(1);",
      "src/examples/01-one/notes.md": "",
    });
    expect(await loadCourse(root)).toEqual({ root, chapters: [], faults: [] });
  });

  test("orders chapters by name and exercises by their order, gaps and ties included", async () => {
    const course = await loadCourse(
      await temporaryFolder({
        "exercises/projects/1-crawler/README.md": head(1),
        "exercises/06c-c/zeta/README.md": head(5),
        "exercises/06c-c/beta/README.md": head(20),
        "exercises/06c-c/alpha/README.md": head(20),
        "exercises/06a-a/only/README.md": head(1),
        "exercises/10-ten/last/README.md": head(1),
      }),
    );
    expect(allExercises(course).map((one) => one.id)).toEqual([
      "06a-a/only",
      "06c-c/zeta",
      "06c-c/alpha",
      "06c-c/beta",
      "10-ten/last",
      "projects/1-crawler",
    ]);
    expect(course.chapters.map((one) => one.title)).toEqual(["A", "C", "Ten", "Projects"]);
  });

  test("keeps an exercise whose README is malformed, and says how to mend it", async () => {
    const course = await loadCourse(
      await temporaryFolder({
        "exercises/01-one/no-head/README.md": "# Nothing\n",
        "exercises/01-one/poor-head/README.md": "---\ntitle: ''\norder: first\nimplement: pair\n---\n",
        "exercises/01-one/no-readme/no-readme.spec.ts": "",
        "test/misconceptions/01-one/no-readme/bare.ts": "export {};",
      }),
    );
    expect(allExercises(course).map((one) => one.title)).toEqual(["no head", "no readme", "poor head"]);
    expect(course.faults.map(({ subject, message }) => `${subject}: ${message}`)).toEqual([
      "01-one/no-head: README.md has no front matter: begin it with a `---` block with `title`, `order` and, if it has one, `implement`.",
      "01-one/no-readme: Misconception bare.ts states no cause: begin it with a /** … */ comment, one sentence first.",
      "01-one/no-readme: Misconception bare.ts names no test: add a line `@fails <test>` for each test that rejects it.",
      "01-one/poor-head: README.md has no title: add the line `title: <words>` to its front matter.",
      "01-one/poor-head: README.md has no order: add the line `order: <number>`, its place in the chapter.",
      "01-one/poor-head: README.md has an `implement` that is no list of names: write it as `implement: [Semaphore]`.",
    ]);
  });

  test("says what an example's header lacks", async () => {
    const course = await loadCourse(
      await temporaryFolder({
        "src/examples/01-one/bare.ts": "console.log(1);",
        "src/examples/01-one/bare.expected.txt": "1\n",
        "src/examples/01-one/poor.ts": "/**\n * Idea.\n *\n * Clock: fast\n */",
      }),
    );
    expect(allExamples(course).map((one) => one.title)).toEqual(["bare", "Idea"]);
    expect(course.faults.map(({ subject, message }) => `${subject}: ${message}`)).toEqual([
      "01-one/bare: bare.ts has no header: begin it with a /** … */ comment, its idea in one sentence.",
      "01-one/poor: poor.ts names no clock: add the line `Clock: virtual` or `Clock: real, <why>` to its header.",
      "01-one/poor: poor.ts names no patterns: add the line `Patterns: <exports it shows>` (or `none`) to its header.",
    ]);
  });

  test("takes only the exercise's own styles for its solutions", async () => {
    const course = await loadCourse(
      await temporaryFolder({
        "exercises/01-one/pair/pair.spec.ts": "",
        "solutions/01-one/pair.then.ts": "export const notFirst = 1;",
        "solutions/01-one/pair.ts":
          "export async function pair() {}\nexport class Two {}\nexport type Three = 3;",
        "solutions/01-one/pairs.ts": "",
        "solutions/01-one/pair-up.ts": "",
        "solutions/01-one/pair.md": "",
      }),
    );
    const [exercise] = allExercises(course);
    expect(exercise?.solutions.map((file) => path.basename(file))).toEqual(["pair.ts", "pair.then.ts"]);
    expect(exercise?.writes).toEqual(["pair", "Two"]);
  });
});
