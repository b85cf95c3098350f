import { committed } from "./committed.ts";
import { allExamples, allExercises } from "./load.ts";
import type { Course, Exercise } from "./model.ts";
import type { RunRequest, Runner } from "./verdict.ts";
import { checkMisconception, checkSolution, checkStub } from "./verify-answers.ts";
import { type Check, Checklist } from "./verify-checklist.ts";
import { checkExample, checkExercise, checkOrders, checkStrays } from "./verify-files.ts";
import { packageExports } from "./verify-exports.ts";

export type { Check } from "./verify-checklist.ts";

export interface VerifyOptions {
  /** The text of a stub as it is to be judged; undefined for the working copy. Default: as committed in git. */
  readonly pristine?: (file: string) => Promise<string | undefined>;
}

/**
 * Checks the course both ways: each stub fails, each solution passes, each misconception is named by the tests that it
 * states; and nothing is missing. Every check is returned, whether it holds or not.
 */
export async function verifyCourse(
  course: Course,
  runner: Runner,
  options: VerifyOptions = {},
): Promise<Check[]> {
  const { pristine = committed(course.root).source } = options;
  const list = new Checklist();
  const exercises = allExercises(course);
  const isExport = packageExports(course.root);
  for (const chapter of course.chapters) checkOrders(chapter, list);
  for (const exercise of exercises) await checkExercise(exercise, course.faults, isExport, list);
  for (const example of allExamples(course)) await checkExample(example, course.faults, list);
  await checkStrays(course, committed(course.root).tracked, list);
  await checkAnswers(exercises, runner, pristine, list);
  return list.checks;
}

async function checkAnswers(
  exercises: readonly Exercise[],
  runner: Runner,
  pristine: (file: string) => Promise<string | undefined>,
  list: Checklist,
): Promise<void> {
  const stubs = await Promise.all(exercises.map((exercise) => pristine(exercise.stub)));
  const requests = exercises.flatMap((exercise, index) => requestsOf(exercise, stubs[index]));
  // One run for all: a run has a fixed cost.
  const verdicts = (await runner.run(requests))[Symbol.iterator]();
  for (const exercise of exercises) {
    const stub = verdicts.next().value;
    const solutions = exercise.solutions.map((file) => ({ file, verdict: verdicts.next().value }));
    const misconceptions = exercise.misconceptions.map((one) => ({ one, verdict: verdicts.next().value }));
    const all = [stub, ...solutions.map(({ verdict }) => verdict)];
    const tests = new Set(all.flatMap((verdict) => verdict?.tests ?? []).map((test) => test.name));
    checkStub(exercise, stub, list);
    for (const { file, verdict } of solutions) checkSolution(exercise, file, verdict, list);
    for (const { one, verdict } of misconceptions) checkMisconception(exercise, one, verdict, tests, list);
  }
}

function requestsOf(exercise: Exercise, stub: string | undefined): RunRequest[] {
  const { id } = exercise;
  return [
    stub === undefined ? { exercise: id } : { exercise: id, source: stub },
    ...exercise.solutions.map((answer) => ({ exercise: id, answer })),
    ...exercise.misconceptions.map((one) => ({ exercise: id, answer: one.file })),
  ];
}
