import { execFileSync } from "node:child_process";
import { cp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { allExercises, loadCourse } from "../../src/course/load.ts";
import type { Course } from "../../src/course/model.ts";
import { createRunner } from "../../src/course/runner/index.ts";
import { type Check, verifyCourse } from "../../src/course/verify.ts";
import { copyOfMiniature, fakeRunner, miniature, verdictOf } from "./support.ts";

const chapter = "06c-running-multiple-tasks";

const inOrder = "the results come in the order of the tasks";
const atOnce = "the second task starts before the first has ended";
const passedOn = "a failure is passed on";

/** Copies the exercise `pair`, with all that belongs to it, under another name. */
async function duplicate(root: string, name: string): Promise<void> {
  const exercises = path.join(root, "exercises", chapter);
  const misconceptions = path.join(root, "test", "misconceptions", chapter);
  const solutions = path.join(root, "solutions", chapter);
  await cp(path.join(exercises, "pair"), path.join(exercises, name), { recursive: true });
  await cp(path.join(misconceptions, "pair"), path.join(misconceptions, name), { recursive: true });
  for (const folder of [path.join(exercises, name), solutions]) {
    for (const file of await readdir(folder)) {
      const renamed = file.replace(/^pair\./, `${name}.`);
      if (renamed === file) continue;
      if (folder === solutions) await cp(path.join(folder, file), path.join(folder, renamed));
      else await rename(path.join(folder, file), path.join(folder, renamed));
    }
  }
  await edit(root, `exercises/${chapter}/${name}/${name}.spec.ts`, "./pair.ts", `./${name}.ts`);
  await edit(root, `exercises/${chapter}/${name}/README.md`, "order: 10", "order: 20");
}

async function edit(root: string, file: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(path.join(root, file), "utf8");
  const edited = text.replace(from, to);
  expect(edited, `${file} does not hold ${String(from)}`).not.toBe(text);
  await writeFile(path.join(root, file), edited);
}

/** A runner that says of every answer what the course states of it. */
function agreeableRunner(course: Course): ReturnType<typeof fakeRunner> {
  return fakeRunner((request) => {
    const exercise = allExercises(course).find(({ id }) => id === request.exercise);
    const misconception = exercise?.misconceptions.find(({ file }) => file === request.answer);
    const failing = request.answer === undefined ? [inOrder, atOnce, passedOn] : (misconception?.fails ?? []);
    const states = [inOrder, atOnce, passedOn].map((name) => [
      name,
      failing.includes(name) ? "failed" : "passed",
    ]);
    return verdictOf(request.exercise, Object.fromEntries(states));
  });
}

async function verifyFiles(root: string): Promise<string[]> {
  const course = await loadCourse(root);
  return complaints(await verifyCourse(course, agreeableRunner(course)));
}

function complaints(checks: readonly Check[]): string[] {
  return checks.filter((check) => !check.ok).map(({ subject, message }) => `${subject}: ${message}`);
}

test("verifyCourse() finds nothing wrong with a good exercise, and names each fault of a broken one", async () => {
  const root = await copyOfMiniature();
  await duplicate(root, "broken");
  const own = `exercises/${chapter}/broken`;
  const misconceptions = `test/misconceptions/${chapter}/broken`;
  const stub = 'Promise.reject(new Error("pair is not written yet"))';
  await edit(root, `${own}/broken.ts`, stub, "_first().then(async (a) => [a, await _second()])");
  await edit(root, `${own}/hints.md`, /## More[\s\S]*?(?=## Nearly)/, "");
  await edit(root, `solutions/${chapter}/broken.then.ts`, "=> [a, b]", "=> [b, a] as never");
  await edit(root, `${misconceptions}/swapped.ts`, "return [b, a]", "return [a, b] as never");
  await edit(root, `${misconceptions}/one-after-the-other.ts`, atOnce, passedOn);
  await edit(root, `${misconceptions}/settled-objects.ts`, ` * @fails ${passedOn}\n`, "");
  await edit(root, `${misconceptions}/failure-lost.ts`, passedOn, "no such test");

  const runner = await createRunner({ root });
  try {
    const found = complaints(await verifyCourse(await loadCourse(root), runner));
    expect(found.map((message) => message.split("\n")[0])).toEqual([
      `${chapter}/broken: hints.md has 2 of 3 hints: write three, each with a text under a \`## \` heading, from a nudge to nearly the whole way.`,
      `${chapter}/broken: The stub passes "${inOrder}": take the answer out of the stub, or make the test stricter; if it states what works already, end its name with " (guard)".`,
      `${chapter}/broken: The stub passes "${passedOn}": take the answer out of the stub, or make the test stricter; if it states what works already, end its name with " (guard)".`,
      expect.stringMatching(
        `^${chapter}/broken: The solution solutions/${chapter}/broken\\.then\\.ts fails "${inOrder}": mend it, or the test\\. It says: .*the results are not`,
      ),
      `${chapter}/broken: The misconception failure-lost names the test "no such test", which the spec does not have: correct its @fails line.`,
      `${chapter}/broken: The misconception one-after-the-other is first rejected by "${atOnce}", not by "${passedOn}": put the test that names the mistake best first in the spec, or mend its first @fails line.`,
      `${chapter}/broken: The misconception settled-objects is not rejected as its @fails lines say (it also fails "${passedOn}"): mend the lines or the spec.`,
      `${chapter}/broken: The misconception swapped passes: make the spec reject it, by the test "${inOrder}".`,
    ]);
  } finally {
    await runner.close();
  }
}, 60_000);

test("verifyCourse() judges every answer in one run, the stub as committed", async () => {
  const course = await loadCourse(miniature);
  const runner = agreeableRunner(course);
  const [pair] = allExercises(course);
  const checks = await verifyCourse(course, runner, {
    pristine: (file) => Promise.resolve(file === pair?.stub ? "committed" : undefined),
  });
  expect(complaints(checks)).toEqual([]);
  const { id } = pair ?? { id: "" };
  expect(runner.runs).toEqual([
    [
      { exercise: id, source: "committed" },
      ...(pair?.solutions ?? []).map((answer) => ({ exercise: id, answer })),
      ...(pair?.misconceptions ?? []).map(({ file }) => ({ exercise: id, answer: file })),
    ],
  ]);
});

test("verifyCourse() judges the working copy of a stub that git does not know", async () => {
  const course = await loadCourse(miniature);
  const runner = agreeableRunner(course);
  await verifyCourse(course, runner, { pristine: () => Promise.resolve(undefined) });
  expect(runner.runs[0]?.[0]).toEqual({ exercise: `${chapter}/pair` });
});

describe("verifyCourse() says of files", () => {
  const exercise = `exercises/${chapter}/pair`;
  const example = `src/examples/${chapter}/two-at-once`;

  test.each<[what: string, file: string, from: string | RegExp, to: string, complaint: string]>([
    [
      "that a section is missing",
      `${exercise}/README.md`,
      "## The situation",
      "## Situation",
      'pair: README.md has no section "## The situation": add it.',
    ],
    [
      "that the task has no numbered steps",
      `${exercise}/README.md`,
      "1. Implement",
      "- Implement",
      'pair: README.md gives no steps under "## Your task": number them `1. …`, `2. …`.',
    ],
    [
      "that a name is not exported",
      `${exercise}/README.md`,
      "[pair]",
      "[pair, pairs]",
      "pair: README.md says `implement: pairs`, which the package does not export: correct the name.",
    ],
    [
      "that the title is missing",
      `${exercise}/README.md`,
      "title:",
      "name:",
      "pair: README.md has no title: add the line `title: <words>` to its front matter.",
    ],
    [
      "that a misconception names no test",
      `test/misconceptions/${chapter}/pair/swapped.ts`,
      /@fails .*/,
      "",
      "pair: Misconception swapped.ts names no test: add a line `@fails <test>` for each test that rejects it.",
    ],
    [
      "that an example names no clock",
      `${example}.ts`,
      "Clock: virtual",
      "",
      "two-at-once: two-at-once.ts names no clock: add the line `Clock: virtual` or `Clock: real, <why>` to its header.",
    ],
  ])("%s", async (_what, file, from, to, complaint) => {
    const root = await copyOfMiniature();
    await edit(root, file, from, to);
    expect(await verifyFiles(root)).toEqual([`${chapter}/${complaint}`]);
  });

  test.each([
    [
      `${exercise}/README.md`,
      "pair: README.md is missing: write it (the task, below front matter with `title` and `order`).",
    ],
    [
      `${exercise}/pair.ts`,
      "pair: pair.ts is missing: write it (the stub, with the exports that the learner completes).",
    ],
    [
      `${exercise}/pair.spec.ts`,
      'pair: pair.spec.ts is missing: write it (the tests, which import from "./pair.ts").',
    ],
    [
      `${exercise}/hints.md`,
      "pair: hints.md is missing: write it (three hints, each under a `## ` heading).",
    ],
    [
      `test/misconceptions/${chapter}/pair/swapped.ts`,
      `pair: It has 3 of at least 4 misconceptions: add wrong answers that a learner would write to test/misconceptions/${chapter}/pair/.`,
    ],
    [
      `${example}.expected.txt`,
      "two-at-once: two-at-once.expected.txt is missing: run the example and save what it prints, once it is right.",
    ],
  ])("that %s is missing", async (file, complaint) => {
    const root = await copyOfMiniature();
    await rm(path.join(root, file));
    expect(await verifyFiles(root)).toEqual([`${chapter}/${complaint}`]);
  });

  test("that there is no solution", async () => {
    const root = await copyOfMiniature();
    await rm(path.join(root, "solutions"), { recursive: true });
    expect(await verifyFiles(root)).toEqual([
      `${chapter}/pair: It has no solution: write solutions/${chapter}/pair.ts.`,
    ]);
  });

  test.each([
    ["pair.ts", "pair: It has no solution: write solutions/06c-running-multiple-tasks/pair.ts."],
    [
      "pair.then.ts",
      "pair: It has one solution: write it in a second style, too, as solutions/06c-running-multiple-tasks/pair.then.ts (promise chains).",
    ],
  ])("that of two solutions %s is missing", async (file, complaint) => {
    const root = await copyOfMiniature();
    await rm(path.join(root, "solutions", chapter, file));
    expect(await verifyFiles(root)).toEqual([`${chapter}/${complaint}`]);
  });

  test("that git tracks an answer of no exercise, but not that someone keeps one untracked", async () => {
    const root = await copyOfMiniature();
    const solutions = path.join(root, "solutions", chapter);
    await cp(path.join(solutions, "pair.ts"), path.join(solutions, "pear.ts"));
    await cp(path.join(solutions, "pair.ts"), path.join(solutions, "scratch.ts"));
    execFileSync("git", ["init"], { cwd: root, stdio: "ignore" });
    execFileSync("git", ["add", "solutions/*/pear.ts", "test"], { cwd: root, stdio: "ignore" });
    expect(await verifyFiles(root)).toEqual([
      `solutions: solutions/${chapter}/pear.ts belongs to no exercise: rename or remove it.`,
    ]);
  });

  test("that two exercises claim one place", async () => {
    const root = await copyOfMiniature();
    await duplicate(root, "second");
    await edit(root, `exercises/${chapter}/second/README.md`, "order: 20", "order: 10");
    expect(await verifyFiles(root)).toEqual([
      `${chapter}: "second" and "pair" both have order 10: give one of them another in its README.md.`,
    ]);
  });
});
