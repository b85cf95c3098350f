import * as path from "node:path";
import { readText } from "./files.ts";
import { sections } from "./markdown.ts";
import { allExercises } from "./load.ts";
import type { Chapter, Course, Example, Exercise, Fault } from "./model.ts";
import type { Checklist } from "./verify-checklist.ts";

const requiredSections = ["The situation", "Your task", "What you will notice"];
const requiredHints = 3;
const leastMisconceptions = 4;

/** No two exercises of a chapter may claim one place. */
export function checkOrders(chapter: Chapter, list: Checklist): void {
  const complaints: string[] = [];
  const taken = new Map<number, string>();
  for (const { name, order } of chapter.exercises) {
    const other = taken.get(order);
    if (other !== undefined && order !== Number.MAX_SAFE_INTEGER) {
      complaints.push(
        `"${name}" and "${other}" both have order ${order}: give one of them another in its README.md.`,
      );
    }
    taken.set(order, name);
  }
  list.add(chapter.id, "every exercise has a place of its own", complaints);
}

/** What can be said of an exercise without running it. */
export async function checkExercise(
  exercise: Exercise,
  faults: readonly Fault[],
  isExport: (name: string) => Promise<boolean>,
  list: Checklist,
): Promise<void> {
  const { id } = exercise;
  const readme = await readText(exercise.readme);
  const own = faults.filter((fault) => fault.subject === id).map((fault) => fault.message);
  list.add(id, "front matter and headers can be read", own);
  list.add(id, "every file is there", await missingFiles(exercise));
  if (readme !== undefined) list.add(id, "README.md has its sections", readmeComplaints(readme));
  if ((await readText(exercise.hintsFile)) !== undefined) {
    list.add(id, "hints.md has three hints", hintComplaints(exercise.hints));
  }
  const count = exercise.misconceptions.length;
  list.add(
    id,
    "there are misconceptions enough",
    count >= leastMisconceptions
      ? []
      : [
          `It has ${count} of at least ${leastMisconceptions} misconceptions: ` +
            `add wrong answers that a learner would write to test/misconceptions/${id}/.`,
        ],
  );
  const unknown = [];
  for (const one of exercise.implement) if (!(await isExport(one))) unknown.push(one);
  list.add(
    id,
    "what it has implemented is exported",
    unknown.map(
      (one) => `README.md says \`implement: ${one}\`, which the package does not export: correct the name.`,
    ),
  );
  list.add(id, "there are solutions in two styles", solutionComplaints(exercise));
}

/** A spec that only one style passes judges style: each exercise has a second solution that shows that it does not. */
function solutionComplaints({ chapter, name, solutions }: Exercise): string[] {
  const folder = `solutions/${chapter}`;
  const plain = solutions.some((file) => path.basename(file) === `${name}.ts`);
  if (!plain) return [`It has no solution: write ${folder}/${name}.ts.`];
  if (solutions.length > 1) return [];
  return [
    `It has one solution: write it in a second style, too, as ${folder}/${name}.then.ts (promise chains).`,
  ];
}

/** What can be said of an example without running it. */
export async function checkExample(
  example: Example,
  faults: readonly Fault[],
  list: Checklist,
): Promise<void> {
  const own = faults.filter((fault) => fault.subject === example.id).map((fault) => fault.message);
  list.add(example.id, "the header is complete", own);
  const name = path.basename(example.expectedFile);
  const expected = await readText(example.expectedFile);
  list.add(
    example.id,
    "its expected output is there",
    expected !== undefined
      ? []
      : [`${name} is missing: run the example and save what it prints, once it is right.`],
  );
}

/** An answer or a misconception that belongs to no exercise is tried by nobody. Untracked files are someone's own. */
export async function checkStrays(
  course: Course,
  tracked: (folder: string) => Promise<readonly string[]>,
  list: Checklist,
): Promise<void> {
  const known = new Set(
    allExercises(course).flatMap(({ solutions, misconceptions }) => [
      ...solutions,
      ...misconceptions.map(({ file }) => file),
    ]),
  );
  for (const tree of ["solutions", "test/misconceptions"]) {
    const files = (await tracked(path.join(course.root, tree))).filter((file) => file.endsWith(".ts"));
    const strays: string[] = [];
    for (const file of files) {
      // Git tracks a file that was renamed until the next commit.
      if (known.has(file) || (await readText(file)) === undefined) continue;
      strays.push(path.relative(course.root, file));
    }
    list.add(
      tree,
      "every file belongs to an exercise",
      strays.map((file) => `${file.replaceAll("\\", "/")} belongs to no exercise: rename or remove it.`),
    );
  }
}

async function missingFiles(exercise: Exercise): Promise<string[]> {
  const { readme, stub, spec, hintsFile, name } = exercise;
  const files = [
    { file: readme, holds: "the task, below front matter with `title` and `order`" },
    { file: stub, holds: "the stub, with the exports that the learner completes" },
    { file: spec, holds: `the tests, which import from "./${name}.ts"` },
    { file: hintsFile, holds: "three hints, each under a `## ` heading" },
  ];
  const texts = await Promise.all(files.map(({ file }) => readText(file)));
  const missing = files.filter((_file, index) => texts[index] === undefined);
  return missing.map(({ file, holds }) => `${path.basename(file)} is missing: write it (${holds}).`);
}

function readmeComplaints(readme: string): string[] {
  const found = sections(readme);
  const missing = requiredSections.filter((heading) => !found.some((section) => section.heading === heading));
  const complaints = missing.map((heading) => `README.md has no section "## ${heading}": add it.`);
  const task = found.find((section) => section.heading === "Your task");
  if (task !== undefined && !/^1\. \S/m.test(task.body)) {
    complaints.push('README.md gives no steps under "## Your task": number them `1. …`, `2. …`.');
  }
  return complaints;
}

function hintComplaints(hints: readonly string[]): string[] {
  if (hints.length === requiredHints) return [];
  return [
    `hints.md has ${hints.length} of ${requiredHints} hints: ` +
      "write three, each with a text under a `## ` heading, from a nudge to nearly the whole way.",
  ];
}
