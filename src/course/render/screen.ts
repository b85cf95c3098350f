import { allExercises } from "../load.ts";
import type { Course, Exercise } from "../model.ts";
import type { Verdict } from "../verdict.ts";
import { type ExerciseState, allSolved, progressLine } from "./list.ts";
import type { Style } from "./style.ts";
import { renderNext, renderVerdict } from "./verdict.ts";

/** What became of the last run. */
export type Result =
  | { readonly kind: "running" }
  /** `untouched`: the stub stands as it was committed. */
  | { readonly kind: "verdict"; readonly verdict: Verdict; readonly untouched: boolean }
  | { readonly kind: "error"; readonly message: string };

export interface ScreenView {
  readonly course: Course;
  readonly state: (id: string) => ExerciseState;
  readonly exercise: Exercise;
  readonly result: Result;
  /** Those that the learner has asked for so far. */
  readonly hints: readonly string[];
  /** An answer to the last key; empty for none. */
  readonly note: string;
  readonly show: (file: string) => string;
  readonly style: Style;
}

const keys = "r run  h hint  l list  n next  p previous  q quit";

/** The whole screen of `start`. */
export function renderScreen(view: ScreenView): string {
  const { course, exercise, hints, note, style } = view;
  const exercises = allExercises(course);
  const position = `exercise ${exercises.indexOf(exercise) + 1} of ${exercises.length}`;
  const blocks = [
    style("dim", `${progressLine(view)}, ${position}`),
    renderResult(view),
    ...hints.map(
      (hint, index) => `${style("cyan", `Hint ${index + 1} of ${exercise.hints.length}`)}\n${hint}`,
    ),
    note,
    style("dim", keys),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

function renderResult(view: ScreenView): string {
  const { course, state, exercise, result, show, style } = view;
  const head = `${style("bold", exercise.title)}  ${style("dim", exercise.id)}\n${show(exercise.stub)}`;
  if (result.kind === "running") return `${head}\n\nRunning the spec ...`;
  if (result.kind === "error") {
    return `${head}\n\n${style("red", "The spec could not be run:")} ${result.message}\nSave a file or press r to try again.`;
  }
  const { verdict, untouched } = result;
  const all = allExercises(course);
  const blocks = [renderVerdict({ exercise, verdict, show, style })];
  if (untouched && !verdict.passed) blocks.push("Not started yet: the tests fail until you have written it.");
  blocks.push(renderNext({ exercise, verdict, show, style, hint: "press h" }));
  if (all.every((one) => state(one.id) === "solved")) blocks.push(allSolved);
  else if (verdict.passed) blocks.push("Press n for the next exercise.");
  return blocks.join("\n\n");
}
