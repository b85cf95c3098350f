import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { readText } from "./files.ts";
import { allExercises } from "./load.ts";
import type { Course, Exercise } from "./model.ts";
import { byText, sorted } from "./sorted.ts";

/** Remembers which exercises are solved. Never throws: what cannot be read or written is warned of once. */
export interface Progress {
  isSolved(id: string): boolean;
  /** Records what the last run of the exercise's spec said. */
  record(id: string, solved: boolean): Promise<void>;
}

export interface ProgressOptions {
  /** Absolute path of the course's root; the file is `.yieldpoint/progress.json` below it. */
  readonly root: string;
  /** Told at most once that progress is not kept, and why. */
  readonly onWarning: (message: string) => void;
}

/** Opens the learner's progress. Ids that the course does not know are kept: an exercise may come back. */
export async function openProgress({ root, onWarning }: ProgressOptions): Promise<Progress> {
  const folder = path.join(root, ".yieldpoint");
  const file = path.join(folder, "progress.json");
  let warned = false;
  const warn = (message: string): void => {
    if (!warned) onWarning(message);
    warned = true;
  };

  const read = async (): Promise<Set<string>> => {
    try {
      return new Set(parse((await readText(file)) ?? '{ "solved": [] }'));
    } catch (error) {
      warn(`${path.relative(root, file)} cannot be read (${reason(error)}); progress starts afresh.`);
      return new Set();
    }
  };

  let solvedIds = await read();
  /** What could not be written, and therefore is not read back. */
  const unsaved = new Map<string, boolean>();
  let last: Promise<void> = Promise.resolve();

  const write = async (id: string, solved: boolean): Promise<void> => {
    if (solvedIds.has(id) === solved) return;
    // Read again: another terminal may have solved something meanwhile.
    const fresh = await read();
    unsaved.set(id, solved);
    for (const [own, isSolved] of unsaved) {
      if (isSolved) fresh.add(own);
      else fresh.delete(own);
    }
    solvedIds = fresh;
    const temporary = path.join(folder, `progress.${process.pid}.tmp`);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, `${JSON.stringify({ solved: sorted(fresh, byText) }, undefined, 2)}\n`);
      await rename(temporary, file);
      unsaved.clear();
    } catch (error) {
      warn(`Progress is not kept: ${path.relative(root, file)} cannot be written (${reason(error)}).`);
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  };

  return {
    isSolved: (id) => solvedIds.has(id),
    record: (id, solved) => (last = last.then(() => write(id, solved))),
  };
}

/** The first exercise that is not solved; undefined where all are. */
export function firstUnsolved(course: Course, progress: Progress): Exercise | undefined {
  return allExercises(course).find((exercise) => !progress.isSolved(exercise.id));
}

function parse(text: string): string[] {
  const value: unknown = JSON.parse(text);
  const solved = typeof value === "object" && value !== null && "solved" in value ? value.solved : undefined;
  if (!Array.isArray(solved)) throw new TypeError("it holds no list `solved`");
  return solved.filter((id) => typeof id === "string");
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
