import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import * as path from "node:path";
import { promisify } from "node:util";
import pLimit from "p-limit";
import { describe, expect, test } from "vitest";
import { field, headerLines } from "../../src/course/header.ts";
import { allExamples, loadCourse } from "../../src/course/load.ts";
import type { Example } from "../../src/course/model.ts";
import { type ExampleRun, runExample } from "../../src/course/run-example.ts";
import * as library from "../../src/index.ts";
import { comparable, expectOutput, maskTimes } from "./output.ts";

const root = path.join(import.meta.dirname, "../..");
const course = await loadCourse(root);
const examples = allExamples(course);
const update = process.env["YIELDPOINT_UPDATE"] === "1";
const limit = pLimit(2);

/** Runs an example as `yieldpoint run` does; not more than two run at once. */
function run(example: Example): Promise<ExampleRun> {
  return limit(() => runExample(example, { cwd: root, limit: 30_000 }));
}

async function expectedOf(example: Example): Promise<string> {
  return readFile(example.expectedFile, "utf8").catch(() => "");
}

function find(id: string): Example {
  const found = examples.find((example) => example.id === id);
  if (found === undefined) throw new Error(`There is no example ${id}.`);
  return found;
}

describe.concurrent("each example prints what its .expected.txt says", { timeout: 120_000 }, () => {
  test.each(examples.map((example) => [example.id, example] as const))("%s", async (_id, example) => {
    const { stdout, stderr, failure } = await run(example);
    expect({ failure, stderr }).toEqual({ stderr: "" });
    const expected = await expectedOf(example);
    const differs = comparable(stdout, example.clock) !== comparable(expected, example.clock);
    if (update && differs) await writeFile(example.expectedFile, stdout);
    else expectOutput(example, stdout, expected);
  });

  test("a virtual example prints the same to the byte in every run", async () => {
    const example = find("06c-running-multiple-tasks/race-first-success");
    const [first, second] = await Promise.all([run(example), run(example)]);
    expect(first.stdout).not.toBe("");
    expect(second.stdout).toBe(first.stdout);
  });

  test("a virtual example tells the same story in real time, run by plain tsx", async () => {
    const example = find("06c-running-multiple-tasks/timeout-fallback");
    const tsx = createRequire(import.meta.url).resolve("tsx/cli");
    const { stdout } = await limit(() =>
      promisify(execFile)(process.execPath, [tsx, example.file], { cwd: root, timeout: 30_000 }),
    );
    const real = story(stdout);
    const virtual = story(await expectedOf(example));
    expect(virtual).not.toEqual([]);
    expect(real.map(({ text }) => text)).toEqual(virtual.map(({ text }) => text));
    // Timers may fire a millisecond early; how late they are is up to the machine.
    for (const [index, { ms }] of real.entries()) expect(ms).toBeGreaterThan((virtual[index]?.ms ?? 0) - 5);
  });
});

/** The lines that `say` printed; a drawing varies with the times. */
function story(output: string): { ms: number; text: string }[] {
  const lines = output.split("\n").filter((line) => /^ *\d+ ms {2}/.test(line));
  return lines.map((line) => ({ ms: Number.parseInt(line, 10), text: maskTimes(line) }));
}

test("every header names the idea, the clock, why it is real, and patterns that the package exports", async () => {
  const faults = course.faults.filter(({ subject }) => examples.some(({ id }) => id === subject));
  expect(faults).toEqual([]);
  const complaints: string[] = [];
  for (const { id, file, title, patterns } of examples) {
    const lines = headerLines(await readFile(file, "utf8")) ?? [];
    if (title.length > 100)
      complaints.push(`${id}: the first sentence is the title, and is too long for one`);
    if (!/^(?:virtual|real, \S.*)$/.test(field(lines, "Clock") ?? ""))
      complaints.push(`${id}: write \`Clock: virtual\` or \`Clock: real, <why>\``);
    if (patterns.length === 0) complaints.push(`${id}: name a pattern`);
    for (const name of patterns) {
      if (!(name in library)) complaints.push(`${id}: the package exports no ${name}`);
    }
  }
  expect(complaints).toEqual([]);
});

test.each(["gather", "race", "timeout", "Semaphore", "retry", "CircuitBreaker"])(
  "%s has at least two examples",
  (pattern) => {
    const shown = examples.filter(({ patterns }) => patterns.includes(pattern));
    expect(shown.length).toBeGreaterThanOrEqual(2);
  },
);

test("every expected output belongs to an example", async () => {
  const files = await readdir(path.join(root, "src", "examples"), { recursive: true });
  const outputs = files.filter((file) => file.endsWith(".expected.txt"));
  const known = examples.map(({ expectedFile }) =>
    path.relative(path.join(root, "src", "examples"), expectedFile),
  );
  expect(outputs.filter((file) => !known.includes(file))).toEqual([]);
});
