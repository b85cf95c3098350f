import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRunner } from "../../../src/course/runner/index.ts";
import type { Runner, Verdict } from "../../../src/course/verdict.ts";

const root = path.resolve(import.meta.dirname, "../../fixtures/course");
const double = "01-numbers/double";
const semaphore = "01-numbers/semaphore";
const answerTo = (exercise: string, name: string): string =>
  path.join(root, "answers", path.basename(exercise), `${name}.ts`);

let runner: Runner;
beforeAll(async () => {
  runner = await createRunner({ root });
});
afterAll(async () => {
  await runner.close();
});

async function judge(exercise: string, answer?: string): Promise<Verdict> {
  const [verdict] = await runner.run([{ exercise, ...(answer === undefined ? {} : { answer }) }]);
  if (verdict === undefined) throw new Error("no verdict");
  return verdict;
}

const states = ({ tests }: Verdict): string[] => tests.map(({ state }) => state);

test("a right answer passes every test, named in the spec's order", async () => {
  const verdict = await judge(double, path.join(root, "solutions/01-numbers/double.ts"));
  expect(verdict).toMatchObject({ exercise: double, passed: true, problems: [] });
  expect(verdict.tests).toEqual([
    { name: "doubles one", state: "passed" },
    { name: "with a list > keeps its order", state: "passed" },
    { name: "doubles zero", state: "passed" },
  ]);
});

test("the stub is judged where no answer is named, and each failure says where it arose", async () => {
  const verdict = await judge(double);
  expect(verdict.answer).toBe(path.join(root, "exercises", double, "double.ts"));
  expect(verdict.passed).toBe(false);
  expect(verdict.problems).toEqual([]);
  for (const each of verdict.tests) {
    expect(each).toMatchObject({ state: "failed", message: "double is not written yet", at: "double.ts:2" });
  }
});

test("answers to one exercise in one run do not mix", async () => {
  const told: string[] = [];
  const verdicts = await runner.run(
    [
      { exercise: double, answer: answerTo(double, "wrong") },
      { exercise: double, answer: path.join(root, "solutions/01-numbers/double.ts") },
      { exercise: semaphore },
      { exercise: double },
      { exercise: double, source: "export const double = async (value: number) => value + value;" },
    ],
    { onVerdict: ({ answer }) => told.push(path.relative(root, answer)) },
  );
  expect(verdicts.map(({ passed }) => passed)).toEqual([false, true, false, false, true]);
  expect(new Set(verdicts.map(({ answer }) => path.relative(root, answer)))).toEqual(new Set(told));
  expect(told).toHaveLength(verdicts.length);
});

test("a failure tells the error's own message, its place, and a diff only where the values have several lines", async () => {
  const { tests } = await judge(double, answerTo(double, "wrong"));
  expect(tests[1]).toEqual({
    name: "with a list > keeps its order",
    state: "failed",
    at: "double.spec.ts:11",
    message: [
      "expected [ 2, 3, 4 ] to deeply equal [ 2, 4, 6 ]",
      "- expected",
      "+ received",
      "  [",
      "    2,",
      "+   3,",
      "    4,",
      "-   6,",
      "  ]",
    ].join("\n"),
  });
  expect(tests[2]).toMatchObject({ message: "TypeError: zero is refused", at: "wrong.ts:8" });
});

describe("an answer that cannot be loaded", () => {
  test.each([
    ["broken-name", 'broken-name.ts does not export "double", which the tests import.'],
    ["broken-import", 'broken-import.ts:1 imports "./nowhere.ts", which cannot be found.'],
    [
      "broken-imported-name",
      'broken-imported-name.ts:1 imports "plus" from "../../solutions/01-numbers/helper.ts", which does not export it. (A type is imported with "import type".)',
    ],
    [
      "broken-at-import",
      "broken-at-import.ts:3 throws while it is loaded: TypeError: Cannot read properties of undefined (reading 'size')",
    ],
  ])("%s", async (name, message) => {
    const verdict = await judge(double, answerTo(double, name));
    expect(verdict).toMatchObject({ passed: false, tests: [], problems: [{ kind: "load-error", message }] });
  });

  test("a text that does not parse", async () => {
    const source = "export async function double(value: number) {\n  return 2 * ;\n}\n";
    const [verdict] = await runner.run([{ exercise: double, source }]);
    expect(verdict?.problems).toEqual([
      { kind: "load-error", message: "double.ts:2 does not parse: Unexpected token" },
    ]);
  });

  test("a file that does not exist", async () => {
    const { problems } = await judge(double, path.join(root, "nowhere.ts"));
    expect(problems).toEqual([{ kind: "load-error", message: "nowhere.ts does not exist." }]);
  });

  test("a spec that was deleted", async () => {
    const { passed, tests, problems } = await judge("01-numbers/nothing");
    expect([passed, tests]).toEqual([false, []]);
    const message =
      "nothing.spec.ts does not exist. To get it back: git restore exercises/01-numbers/nothing/nothing.spec.ts";
    expect(problems).toEqual([{ kind: "load-error", message }]);
  });
});

describe("an export that the exercise asks for", () => {
  const sentence =
    "Semaphore is what this exercise asks you to write, so it cannot be imported from yieldpoint here.";

  test("is refused where it is used, while the package itself and its other exports work", async () => {
    const { tests } = await judge(semaphore, answerTo(semaphore, "reexports"));
    expect(tests).toEqual([
      { name: "keeps the permits", state: "failed", message: sentence, at: "semaphore.spec.ts:5" },
      { name: "tells the permits", state: "passed" },
    ]);
  });

  test("cannot be extended", async () => {
    const { problems } = await judge(semaphore, answerTo(semaphore, "extends"));
    expect(problems).toEqual([
      { kind: "load-error", message: `extends.ts:3 throws while it is loaded: ${sentence}` },
    ]);
  });

  test("cannot be reached by its path either", async () => {
    const { problems } = await judge(semaphore, answerTo(semaphore, "by-path"));
    expect(problems).toEqual([
      {
        kind: "load-error",
        message:
          'by-path.ts:1 imports "../../src/patterns/semaphore.ts", a source file of the package. Import from "yieldpoint" instead.',
      },
    ]);
  });

  test("may be imported by nobody but the answer: the solution passes", async () => {
    const verdict = await judge(semaphore, path.join(root, "solutions/01-numbers/semaphore.ts"));
    expect(verdict.passed).toBe(true);
  });
});

describe("an answer that misbehaves", () => {
  test("a rejection that nobody handles fails the verdict though each test passed", async () => {
    const verdict = await judge(double, answerTo(double, "floating"));
    expect(states(verdict)).toEqual(["passed", "passed", "passed"]);
    expect(verdict.passed).toBe(false);
    expect(verdict.problems).toEqual([
      {
        kind: "unhandled-error",
        message: "floating.ts:2 rejects a promise that nobody handles: RangeError: nobody hears this",
      },
    ]);
  });

  test("process.exit() is told by its line", async () => {
    const verdict = await judge(double, answerTo(double, "exits"));
    const message = "exits.ts:2 calls process.exit(), which would end the whole program.";
    expect(states(verdict)).toEqual(["passed", "passed", "failed"]);
    expect(verdict.tests[2]).toMatchObject({ message });
    expect(verdict.problems).toEqual([{ kind: "crash", message }]);
  });

  test("a process that dies is a crash, and the tests before it keep their results", async () => {
    const verdict = await judge(double, answerTo(double, "dies"));
    expect(states(verdict)).toEqual(["passed", "passed", "failed"]);
    expect(verdict.problems).toEqual([
      {
        kind: "crash",
        message: 'The process that ran the tests of dies.ts ended early while "doubles zero" ran (SIGKILL).',
      },
    ]);
  });
});

test("the text on disk is judged, however often it changes", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "yieldpoint-runner-"));
  try {
    const answer = path.join(folder, "double.ts");
    const helper = path.join(folder, "factor.ts");
    const results: boolean[] = [];
    for (const factor of [2, 3, 2]) {
      writeFileSync(
        answer,
        'import { factor } from "./factor.ts";\nexport const double = async (n: number) => n * factor;\n',
      );
      writeFileSync(helper, `export const factor = ${factor};\n`);
      results.push((await judge(double, answer)).passed);
    }
    writeFileSync(answer, "export const double = async (n: number) => 0;\n");
    results.push((await judge(double, answer)).passed);
    expect(results).toEqual([true, false, true, false]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what an answer prints is handed on", async () => {
  const source = 'export async function double(n: number) { console.log("n is", n); return 2 * n; }';
  const [verdict] = await runner.run([{ exercise: double, source }]);
  expect(verdict?.output).toBe("n is 1\nn is 1\nn is 2\nn is 3\nn is 0\n");
});

test("runs leave the exit code of their process alone", async () => {
  const { exitCode } = process;
  await judge(double);
  expect(process.exitCode).toBe(exitCode);
});
