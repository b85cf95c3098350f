import type { Exercise, Misconception } from "./model.ts";
import type { TestVerdict, Verdict } from "./verdict.ts";

/** A guard states what works already in the stub and must stay so. */
export function isGuard(test: string): boolean {
  return test.endsWith(" (guard)");
}

/** The tests that did not pass, in the spec's order. */
export function failures(verdict: Verdict): TestVerdict[] {
  return verdict.tests.filter((test) => test.state !== "passed");
}

/**
 * The misconception that explains a verdict: the only one that the same tests reject. None where every test fails, as
 * they do on a stub that nobody has touched.
 */
export function likelyCause(exercise: Exercise, verdict: Verdict): Misconception | undefined {
  const failed = new Set(failures(verdict).map((test) => test.name));
  if (verdict.tests.every((test) => failed.has(test.name) !== isGuard(test.name))) return undefined;
  const matches = exercise.misconceptions.filter((one) => sameNames(failed, new Set(one.fails)));
  return matches.length === 1 ? matches[0] : undefined;
}

export function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}
