import { allExercises } from "./load.ts";
import type { Course } from "./model.ts";
import type { Progress } from "./progress.ts";
import type { ExerciseState } from "./render/list.ts";

/** Where the learner stands with each exercise; `changed` holds the files that differ from the last commit. */
export function exerciseStates(
  course: Course,
  progress: Progress,
  changed: ReadonlySet<string> | undefined,
): (id: string) => ExerciseState {
  const stubs = new Map(allExercises(course).map((exercise) => [exercise.id, exercise.stub]));
  return (id) => {
    if (progress.isSolved(id)) return "solved";
    return changed?.has(stubs.get(id) ?? "") === true ? "started" : "open";
  };
}
