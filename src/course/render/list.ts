import type { Chapter, Course } from "../model.ts";
import { type Style, count } from "./style.ts";

export type ExerciseState = "solved" | "started" | "open";

export interface ListView {
  readonly course: Course;
  readonly state: (id: string) => ExerciseState;
  /** The exercise that is marked as the current one. */
  readonly current: string | undefined;
  readonly style: Style;
}

export const allSolved = "All exercises are solved.";

const labels: Record<ExerciseState, string> = { solved: "solved", started: "started", open: "-" };

/** Every chapter with its exercises and examples. */
export function renderList(view: ListView): string {
  const blocks = view.course.chapters.map((chapter) => {
    const examples = chapter.examples.map(
      (example) => `    example  ${example.name}  ${view.style("dim", example.title)}`,
    );
    return [chapterLine(chapter, view), ...exerciseLines(chapter, view), ...examples].join("\n");
  });
  return [...blocks, progressLine(view)].join("\n\n");
}

/** Every chapter on one line, and the exercises of the current one: what fits a screen. */
export function renderShortList(view: ListView): string {
  const lines = view.course.chapters.flatMap((chapter) => {
    const here = chapter.exercises.some((exercise) => exercise.id === view.current);
    return [chapterLine(chapter, view), ...(here ? exerciseLines(chapter, view) : [])];
  });
  return [...lines, "", progressLine(view)].join("\n");
}

/** `3 of 42 exercises solved` */
export function progressLine({ course, state }: Pick<ListView, "course" | "state">): string {
  const all = course.chapters.flatMap((chapter) => chapter.exercises);
  const solved = all.filter((exercise) => state(exercise.id) === "solved").length;
  return `${solved} of ${count(all.length, "exercise")} solved`;
}

function chapterLine(chapter: Chapter, { state, style }: ListView): string {
  const solved = chapter.exercises.filter((exercise) => state(exercise.id) === "solved").length;
  const share = chapter.exercises.length === 0 ? "" : `  ${solved}/${chapter.exercises.length}`;
  return `${style("bold", chapter.title)}  ${style("dim", chapter.id)}${share}`;
}

function exerciseLines(chapter: Chapter, { state, current, style }: ListView): string[] {
  const width = Math.max(0, ...chapter.exercises.map((exercise) => exercise.name.length));
  return chapter.exercises.map((exercise) => {
    const own = state(exercise.id);
    const label = labels[own].padEnd("started".length);
    const mark = exercise.id === current ? "> " : "  ";
    return `  ${mark}${style(own === "solved" ? "green" : "dim", label)}  ${exercise.name.padEnd(width)}  ${exercise.title}`;
  });
}
