import * as path from "node:path";
import type { TestCase, TestModule } from "vitest/node";
import type { Problem, TestVerdict, Verdict } from "../verdict.ts";
import type { Job } from "./ids.ts";
import { exitProblem, loadProblem, placeOf, testMessage, unhandledProblem } from "./messages.ts";
import type { ThrownError } from "./messages.ts";
import { memoryLimit } from "./settings.ts";
import type { WorkerEnd } from "./worker.ts";

/** All that is known of one job once its worker has ended. */
export interface Evidence {
  readonly job: Job;
  readonly end: WorkerEnd;
  readonly module: TestModule | undefined;
  readonly unhandled: readonly ThrownError[];
}

/** Turns what Vitest and the worker said into a verdict; trusts neither's "passed" alone. */
export function judge({ job, end, module, unhandled }: Evidence): Verdict {
  const cases = [...(module?.children.allTests() ?? [])].filter((test) => test.result().state !== "skipped");
  const deadly = end.death === undefined ? [] : [causeOfDeath(job, end, cases)];
  const tests = cases.map((test) => testVerdict(job, test, end, deadly[0]));
  const problems = [
    ...(module?.errors() ?? []).map((error) => loadProblem(job, error, cases.length > 0)),
    ...cases.flatMap((test) => (test.result().errors ?? []).flatMap((error) => exitProblem(job, error))),
    ...unhandled.map((error) => unhandledProblem(job, error)),
    ...(end.error === undefined ? [] : [crash(`The tests could not be run: ${messageOf(end.error)}`)]),
    ...deadly,
  ];
  const silent = tests.length === 0 && problems.length === 0;
  return {
    exercise: job.exercise,
    answer: job.answer,
    passed: tests.length > 0 && problems.length === 0 && tests.every(({ state }) => state === "passed"),
    tests,
    problems: silent ? [crash(`${path.basename(job.spec)} holds no test that could run.`)] : problems,
    ...(end.output === "" || deadly[0]?.kind === "out-of-memory" ? {} : { output: end.output }),
    duration: Math.round(end.duration),
  };
}

function testVerdict(job: Job, test: TestCase, end: WorkerEnd, deadly: Problem | undefined): TestVerdict {
  const name = test.fullName;
  const result = test.result();
  if (result.state === "passed") return { name, state: "passed" };
  const error = result.errors?.[0];
  if (result.state === "failed") {
    const at = error === undefined ? undefined : placeOf(job, error);
    const message = (result.errors ?? []).map((each) => testMessage(job, each)).join("\n");
    return { name, state: "failed", message, ...(at === undefined ? {} : { at }) };
  }
  // Vitest sends its news in batches, so a worker that died took some with it; its own pipe has them.
  const mine = end.reports.filter((report) => report.type !== "stopped" && report.id === test.id);
  const last = mine.at(-1);
  if (last?.type === "test-ended") {
    return last.failed
      ? { name, state: "failed", message: testMessage(job, { message: last.message ?? "This test failed." }) }
      : { name, state: "passed" };
  }
  if (last?.type === "test-started" && deadly !== undefined)
    return { name, state: "failed", message: deadly.message };
  return { name, state: "not-run" };
}

function causeOfDeath(job: Job, end: WorkerEnd, cases: readonly TestCase[]): Problem {
  const stopped = end.reports.find((report) => report.type === "stopped");
  if (stopped !== undefined) return { kind: stopped.kind, message: stopped.message };
  const last = end.reports.at(-1);
  const running = last?.type === "test-started" ? cases.find(({ id }) => id === last.id) : undefined;
  const when = running === undefined ? "" : ` while "${running.fullName}" ran`;
  const base = path.basename(job.answer);
  if (/heap out of memory|Allocation failed/.test(end.output)) {
    const message = `${base} used more than ${memoryLimit} MB of memory${when}: something in it grows without end.`;
    return { kind: "out-of-memory", message };
  }
  const how = end.death?.signal ?? `exit code ${end.death?.code}`;
  return crash(`The process that ran the tests of ${base} ended early${when} (${how}).`);
}

function crash(message: string): Problem {
  return { kind: "crash", message };
}

function messageOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error
    ? String(error.message)
    : String(error);
}
