import * as path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRunner } from "../../../src/course/runner/index.ts";
import type { Runner, Verdict } from "../../../src/course/verdict.ts";

const root = path.resolve(import.meta.dirname, "../../fixtures/course");
const exercise = "01-numbers/double";
const answerNamed = (name: string): string => path.join(root, "answers/double", `${name}.ts`);

let runner: Runner;
let verdicts: readonly Verdict[];
const names = [
  "loop",
  "loop-at-import",
  "microtasks",
  "ticks",
  "blocked",
  "never-loads",
  "memory",
  "pending",
];

beforeAll(async () => {
  runner = await createRunner({ root });
  verdicts = await runner.run(names.map((name) => ({ exercise, answer: answerNamed(name) })));
}, 60_000);
afterAll(async () => {
  await runner.close();
});

const children = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "ProcessWrap").length;
const verdictOn = (name: string): Verdict | undefined => verdicts[names.indexOf(name)];

const loop = "this loop runs without ever yielding to the event loop";
test.each([
  ["loop", `^loop\\.ts:9 never stops: ${loop}\\.$`],
  ["loop-at-import", `^loop-at-import\\.ts:[34] never stops: ${loop}\\.$`],
  [
    "microtasks",
    "^microtasks\\.ts:[456] never stops: each await here continues at once, an endless chain of microtasks",
  ],
  ["ticks", "^ticks\\.ts:[123] never stops: each step queues the next before the event loop turns"],
  ["blocked", "^The event loop stands still: a call waits for ever without letting it turn\\.$"],
])("%s is stopped and told", (name, message) => {
  expect(verdictOn(name)).toMatchObject({
    passed: false,
    problems: [{ kind: "endless-loop", message: expect.stringMatching(message) }],
  });
});

test("the test that never ended is the one that failed", () => {
  const message = verdictOn("loop")?.problems[0]?.message;
  expect(verdictOn("loop")?.tests).toEqual([
    { name: "doubles one", state: "passed" },
    { name: "with a list > keeps its order", state: "failed", message },
    { name: "doubles zero", state: "not-run" },
  ]);
  expect(verdictOn("loop-at-import")?.tests).toEqual([]);
});

test("what was printed before the loop is not lost", () => {
  expect(verdictOn("loop")?.output).toBe("doubling 1\ndoubling 1\n");
});

test("a top-level await that never settles is told", () => {
  expect(verdictOn("never-loads")).toMatchObject({ passed: false, tests: [] });
  expect(verdictOn("never-loads")?.problems).toEqual([
    {
      kind: "load-error",
      message: "The answer never finishes loading: an `await` at its top level waits for ever.",
    },
  ]);
});

test("memory that grows without end is told as such", () => {
  const message =
    'memory.ts used more than 256 MB of memory while "doubles one" ran: something in it grows without end.';
  expect(verdictOn("memory")?.tests.map(({ state }) => state)).toEqual(["failed", "not-run", "not-run"]);
  expect(verdictOn("memory")?.problems).toEqual([{ kind: "out-of-memory", message }]);
});

test("a test that waits for ever, with the event loop free, fails alone", () => {
  expect(verdictOn("pending")?.tests).toEqual([
    { name: "doubles one", state: "passed" },
    { name: "with a list > keeps its order", state: "passed" },
    {
      name: "doubles zero",
      state: "failed",
      message: "This test did not finish within 3 s: what it waits for never happens.",
      at: "double.spec.ts:15",
    },
  ]);
  expect(verdictOn("pending")?.problems).toEqual([]);
});

test("a loop is stopped within seconds", () => {
  // Five at most on a machine that does nothing else.
  for (const name of ["loop", "loop-at-import", "microtasks", "ticks"]) {
    expect(verdictOn(name)?.duration).toBeLessThan(15_000);
  }
});

test("the next run works", async () => {
  const [verdict] = await runner.run([
    { exercise, answer: path.join(root, "solutions/01-numbers/double.ts") },
  ]);
  expect(verdict?.passed).toBe(true);
});

test("close() ends a loop at once and leaves no process behind", async () => {
  await expect.poll(children).toBe(0);
  const other = await createRunner({ root });
  const run = other.run(names.map((name) => ({ exercise, answer: answerNamed(name) })));
  await expect.poll(children).toBeGreaterThan(0);
  const start = performance.now();
  await other.close();
  expect(performance.now() - start).toBeLessThan(1500);
  expect(children()).toBe(0);
  expect((await run).map(({ passed }) => passed)).toEqual(names.map(() => false));
});
