import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import * as path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { namesExercise } from "../../../src/course/runner/config.ts";

const root = path.resolve(import.meta.dirname, "../../fixtures/course");
const vitest = path.join(
  path.dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
  "vitest.mjs",
);

/** Runs Vitest's own command in the miniature course. */
async function runVitest(
  ...args: string[]
): Promise<{ output: string; code: number | null; duration: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, [vitest, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { output: stripVTControlCharacters(output), code, duration: performance.now() - start };
}

describe("which specs run", () => {
  test("without a filter, the project's own tests alone", async () => {
    const { output } = await runVitest("list", "--filesOnly");
    expect(output.trim()).toBe("test/own.test.ts");
  });

  test("a path in exercises/ names the specs below it", async () => {
    const { output } = await runVitest("list", "--filesOnly", "./exercises/02-faults");
    expect(new Set(output.trim().split("\n"))).toEqual(
      new Set(["exercises/02-faults/borrows/borrows.spec.ts", "exercises/02-faults/loops/loops.spec.ts"]),
    );
  });

  test.each([
    ["exercises/01-numbers/double", true],
    ["exercises", true],
    ["./exercises/01-numbers/", true],
    ["exercises\\01-numbers\\double", true],
    [path.join(root, "exercises/01-numbers/double/double.spec.ts"), true],
    ["test/own.test.ts", false],
    ["exercises-of-mine", false],
    ["test/exercises", false],
    ["double", false],
    ["--exclude=exercises/01-numbers", false],
  ])("the filter %s names an exercise: %s", (filter, expected) => {
    expect(namesExercise(root, ["run", filter], root)).toBe(expected);
  });
});

test("the project's own tests reach the package's source by its public name", async () => {
  const { output, code } = await runVitest("run");
  expect(output).toMatch(/Tests\s+1 passed/);
  expect(code).toBe(0);
});

test("an endless loop is stopped, told once by file and line, and fails the run", async () => {
  const { output, code, duration } = await runVitest("run", "exercises/02-faults/loops");
  const sentence = /loops\.ts:[34] never stops: this loop runs without ever yielding to the event loop\./g;
  expect(output.match(sentence)).toHaveLength(1);
  expect(output).toMatch(/at exercises[\\/]02-faults[\\/]loops[\\/]loops\.ts:[34]\n/);
  expect(code).toBe(1);
  // A lone run takes about three seconds; on a loaded machine the worker is slower to start.
  expect(duration).toBeLessThan(20_000);
}, 30_000);

test("an answer is held to the same rule as in the tool", async () => {
  const { output, code } = await runVitest("run", "exercises/02-faults/borrows");
  expect(output).toContain("✓ the spec itself may use the real one");
  expect(output).toContain("× the answer may not");
  expect(output).toContain("Semaphore is what this exercise asks you to write, so it cannot be imported");
  expect(code).toBe(1);
});
