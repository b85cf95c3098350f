import * as path from "node:path";
import { entries } from "./files.ts";
import { loadExample } from "./load-example.ts";
import { loadExercise } from "./load-exercise.ts";
import type { Chapter, Course, Example, Exercise, Fault } from "./model.ts";
import { byText, sorted } from "./sorted.ts";

/** Chapters are numbered (`06c-running-multiple-tasks`), but for the projects; any other folder is someone's own. */
const chapterName = /^(?:\d{2}[a-z]?-.+|projects)$/;

/** Where each tree of the course stands below its root. */
const trees = { exercises: "exercises", examples: path.join("src", "examples") };

/**
 * Reads the course from the folders below `root`. Missing trees are empty lists, stray files are passed over, and
 * what is malformed is reported in `faults`.
 */
export async function loadCourse(root: string): Promise<Course> {
  const absolute = path.resolve(root);
  const faults: Fault[] = [];
  const names = new Set<string>();
  for (const tree of Object.values(trees)) {
    for (const entry of await entries(path.join(absolute, tree))) {
      if (entry.isDirectory() && chapterName.test(entry.name)) names.add(entry.name);
    }
  }
  const chapters = await Promise.all(
    sorted(names, byText).map(async (id): Promise<Chapter> => {
      const [exercises, examples] = await Promise.all([
        loadExercises(absolute, id, faults),
        loadExamples(absolute, id, faults),
      ]);
      return { id, title: chapterTitle(id), exercises, examples };
    }),
  );
  return {
    root: absolute,
    chapters: chapters.filter((chapter) => chapter.exercises.length + chapter.examples.length > 0),
    faults: sorted(faults, (a, b) => byText(a.subject, b.subject)),
  };
}

/** Every exercise, in the course's order. */
export function allExercises(course: Course): Exercise[] {
  return course.chapters.flatMap((chapter) => chapter.exercises);
}

/** Every example, in the course's order. */
export function allExamples(course: Course): Example[] {
  return course.chapters.flatMap((chapter) => chapter.examples);
}

async function loadExercises(root: string, chapter: string, faults: Fault[]): Promise<Exercise[]> {
  const folders = (await entries(path.join(root, trees.exercises, chapter))).filter((entry) =>
    entry.isDirectory(),
  );
  const loaded = await Promise.all(folders.map((entry) => loadExercise(root, chapter, entry.name, faults)));
  // The folders come in the order of their names, and sorting keeps it where orders are equal.
  const exercises = loaded.filter((exercise) => exercise !== undefined);
  return sorted(exercises, (a, b) => a.order - b.order);
}

async function loadExamples(root: string, chapter: string, faults: Fault[]): Promise<Example[]> {
  const folder = path.join(root, trees.examples, chapter);
  const scripts = (await entries(folder)).filter((entry) => entry.isFile() && entry.name.endsWith(".ts"));
  const loaded = await Promise.all(
    scripts.map((entry) => loadExample(folder, chapter, entry.name.slice(0, -".ts".length), faults)),
  );
  return loaded.filter((example) => example !== undefined);
}

function chapterTitle(id: string): string {
  const words = id.replace(/^\d{2}[a-z]?-/, "").replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
