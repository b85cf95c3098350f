import * as path from "node:path";
import { failures, isGuard, sameNames } from "./cause.ts";
import type { Exercise, Misconception } from "./model.ts";
import type { Problem, Verdict } from "./verdict.ts";
import type { Checklist } from "./verify-checklist.ts";

/** The stub must fail every test but the guards, and each by an assertion. */
export function checkStub(exercise: Exercise, verdict: Verdict | undefined, list: Checklist): void {
  const complaints = problemsOf("The stub", verdict);
  if (verdict !== undefined && complaints.length === 0) {
    for (const { name, state } of verdict.tests) {
      const guard = isGuard(name);
      if (state === "not-run") {
        complaints.push(`The test "${name}" did not run on the stub: let the tests before it end.`);
      } else if (state === "passed" && !guard) {
        complaints.push(
          `The stub passes "${name}": take the answer out of the stub, or make the test stricter; ` +
            'if it states what works already, end its name with " (guard)".',
        );
      } else if (state === "failed" && guard) {
        complaints.push(
          `The stub fails the guard "${name}": make the stub pass it, or take " (guard)" from its name.`,
        );
      }
    }
  }
  list.add(exercise.id, "the stub fails each test but the guards", complaints);
}

/** A solution must pass. */
export function checkSolution(
  exercise: Exercise,
  file: string,
  verdict: Verdict | undefined,
  list: Checklist,
): void {
  const name = `solutions/${exercise.chapter}/${path.basename(file)}`;
  const complaints = problemsOf(`The solution ${name}`, verdict);
  if (verdict !== undefined && complaints.length === 0) {
    const failed = failures(verdict);
    if (failed.length > 0) {
      const [first] = failed;
      const told = first?.message === undefined ? "" : ` It says: ${first.message}`;
      complaints.push(`The solution ${name} fails ${quoted(failed)}: mend it, or the test.${told}`);
    } else if (!verdict.passed) {
      complaints.push(`The solution ${name} does not pass: see what its run reports.`);
    }
  }
  list.add(exercise.id, `the solution ${name} passes`, complaints);
}

/** A misconception must be rejected by the tests that it names, first of all by the one that it names first. */
export function checkMisconception(
  exercise: Exercise,
  misconception: Misconception,
  verdict: Verdict | undefined,
  tests: ReadonlySet<string>,
  list: Checklist,
): void {
  const name = `The misconception ${misconception.name}`;
  // An endless loop or a floating rejection may be the very mistake that it shows.
  const complaints = problemsOf(name, verdict, ["load-error", "crash", "out-of-memory"]);
  const unknown = misconception.fails.filter((test) => !tests.has(test));
  for (const test of unknown) {
    complaints.push(
      `${name} names the test "${test}", which the spec does not have: correct its @fails line.`,
    );
  }
  if (verdict !== undefined && complaints.length === 0 && misconception.fails.length > 0) {
    const failed = failures(verdict);
    const actual = new Set(failed.map((test) => test.name));
    const [first] = failed;
    const [stated] = misconception.fails;
    if (first === undefined) {
      complaints.push(`${name} passes: make the spec reject it, by the test "${stated ?? ""}".`);
    } else if (first.name !== stated) {
      complaints.push(
        `${name} is first rejected by "${first.name}", not by "${stated ?? ""}": ` +
          "put the test that names the mistake best first in the spec, or mend its first @fails line.",
      );
    } else if (!sameNames(actual, new Set(misconception.fails))) {
      const more = failed.filter((test) => !misconception.fails.includes(test.name));
      const passed = misconception.fails.filter((test) => !actual.has(test));
      const facts = [
        ...(more.length > 0 ? [`it also fails ${quoted(more)}`] : []),
        ...(passed.length > 0 ? [`it passes ${quoted(passed.map((test) => ({ name: test })))}`] : []),
      ];
      complaints.push(
        `${name} is not rejected as its @fails lines say (${facts.join("; ")}): mend the lines or the spec.`,
      );
    }
  }
  list.add(exercise.id, `the misconception ${misconception.name} is rejected as it states`, complaints);
}

function problemsOf(who: string, verdict: Verdict | undefined, kinds?: readonly Problem["kind"][]): string[] {
  if (verdict === undefined) return [`${who} was not judged: the runner gave no verdict.`];
  const problems = verdict.problems.filter((problem) => kinds?.includes(problem.kind) ?? true);
  const complaints = problems.map(
    (problem) => `${who} does not run as it should (${problem.kind}): mend it. ${problem.message}`,
  );
  if (complaints.length === 0 && verdict.tests.length === 0) {
    complaints.push(`${who} met no test: the spec must hold at least one.`);
  }
  return complaints;
}

function quoted(tests: readonly { readonly name: string }[]): string {
  return tests.map((test) => `"${test.name}"`).join(", ");
}
