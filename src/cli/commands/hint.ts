import { findById } from "../../course/find.ts";
import { allExercises } from "../../course/load.ts";
import type { Exercise } from "../../course/model.ts";
import { firstUnsolved } from "../../course/progress.ts";
import { allSolved } from "../../course/render/list.ts";
import type { Command } from "../command.ts";
import { type Context, courseWithExercises } from "../context.ts";
import { UsageError, found } from "../errors.ts";

export const hint: Command = {
  name: "hint",
  usage: "[id] [level]",
  summary: "Shows a hint for an exercise: level 1 is a nudge, the last goes nearly the whole way.",
  maxWords: 2,
  async run(context, { words }) {
    const last = words.at(-1);
    const hasLevel = last !== undefined && /^\d+$/.test(last);
    const ids = hasLevel ? words.slice(0, -1) : words;
    if (ids.length > 1) throw new UsageError(`hint takes one id and a level, got ${words.join(" ")}.`);
    const exercise = await chosen(context, ids[0]);
    if (exercise === undefined) {
      context.out(`${allSolved} Name one to see its hints.`);
      return 0;
    }
    const { hints, id, name } = exercise;
    if (hints.length === 0) throw new UsageError(`${id} has no hints.`);
    const level = hasLevel ? Number(last) : 1;
    const text = hints[level - 1];
    if (text === undefined) throw new UsageError(`${id} has hints 1 to ${hints.length}, not ${level}.`);
    const more = level < hints.length ? `\n\nMore: npm run yieldpoint -- hint ${name} ${level + 1}` : "";
    context.out(`${context.style("bold", `${id}, hint ${level} of ${hints.length}`)}\n\n${text}${more}`);
    return 0;
  },
};

async function chosen(context: Context, id: string | undefined): Promise<Exercise | undefined> {
  const course = await courseWithExercises(context);
  if (id === undefined) return firstUnsolved(course, await context.progress());
  return found("exercise", id, findById(allExercises(course), id));
}
