import { findById } from "../../course/find.ts";
import { allExercises } from "../../course/load.ts";
import type { Course, Exercise } from "../../course/model.ts";
import { firstUnsolved } from "../../course/progress.ts";
import { allSolved } from "../../course/render/list.ts";
import { count } from "../../course/render/style.ts";
import { renderNext, renderVerdict, renderVerdictLine } from "../../course/render/verdict.ts";
import type { Verdict } from "../../course/verdict.ts";
import type { Command } from "../command.ts";
import { type Context, courseWithExercises } from "../context.ts";
import { UsageError, found } from "../errors.ts";

export const check: Command = {
  name: "check",
  usage: "[id…] [--all]",
  summary: "Runs the specs of the exercises named, or of the first that is not solved.",
  flags: { all: "Every exercise, with a summary." },
  async run(context, { words, flags }) {
    const all = flags.has("all");
    if (all && words.length > 0) throw new UsageError("check takes either ids or --all, not both.");
    const course = await courseWithExercises(context);
    const exercises = all ? allExercises(course) : await chosen(context, course, words);
    if (exercises.length === 0) {
      context.out(allSolved);
      return 0;
    }
    return checkExercises(context, exercises, { brief: all });
  },
};

/** Runs the specs, prints what they say, records it, and resolves with the exit code. */
export async function checkExercises(
  context: Context,
  exercises: readonly Exercise[],
  { brief }: { readonly brief: boolean },
): Promise<number> {
  const runner = await context.runner();
  const progress = await context.progress();
  const { style, show } = context;
  const arrived = new Map<string, Verdict>();
  let printed = 0;
  // Printed as they come, yet in the order asked for.
  const onVerdict = (verdict: Verdict): void => {
    arrived.set(verdict.exercise, verdict);
    for (const exercise of exercises.slice(printed)) {
      const own = arrived.get(exercise.id);
      if (own === undefined) break;
      const hint = `npm run yieldpoint -- hint ${exercise.name}`;
      const blocks = [
        renderVerdict({ exercise, verdict: own, style, show }),
        renderNext({ exercise, verdict: own, style, show, hint }),
      ];
      const gap = printed > 0 ? "\n" : "";
      context.out(brief ? renderVerdictLine(exercise, own, style) : `${gap}${blocks.join("\n\n")}`);
      printed++;
    }
  };
  const requests = exercises.map((exercise) => ({ exercise: exercise.id }));
  const verdicts = await runner.run(requests, { onVerdict });
  for (const verdict of verdicts) {
    if (!arrived.has(verdict.exercise)) onVerdict(verdict);
    await progress.record(verdict.exercise, verdict.passed);
  }
  const passed = verdicts.filter((verdict) => verdict.passed).length;
  if (brief || exercises.length > 1)
    context.out(`\n${passed} of ${count(exercises.length, "exercise")} passed.`);
  return passed === exercises.length ? 0 : 1;
}

async function chosen(context: Context, course: Course, words: readonly string[]): Promise<Exercise[]> {
  if (words.length === 0) {
    const exercise = firstUnsolved(course, await context.progress());
    return exercise === undefined ? [] : [exercise];
  }
  const exercises = words.map((word) => found("exercise", word, findById(allExercises(course), word)));
  return [...new Set(exercises)];
}
