import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { readText } from "./files.ts";
import { allExercises } from "./load.ts";
import type { Course, Exercise } from "./model.ts";
import { byText, sorted } from "./sorted.ts";

/** Remembers which exercises are solved. Never throws: what cannot be read or written is warned of once. */
export interface Progress {
  /** Whether the stub as it stands now is one that passed: an answer that was changed or reset since counts no longer. */
  isSolved(id: string): boolean;
  /** Records what the last run of the exercise's spec said. */
  record(id: string, solved: boolean): Promise<void>;
  /** Resolves once all that was recorded is written. */
  flush(): Promise<void>;
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

  const read = async (): Promise<Map<string, string>> => {
    try {
      return parse((await readText(file)) ?? '{ "solved": {} }');
    } catch (error) {
      warn(`${path.relative(root, file)} cannot be read (${reason(error)}); progress starts afresh.`);
      return new Map();
    }
  };

  let answers = await read();
  /** What could not be written, and therefore is not read back. */
  const unsaved = new Map<string, string | undefined>();
  let last: Promise<void> = Promise.resolve();

  const write = async (id: string, answer: string | undefined): Promise<void> => {
    if (answers.get(id) === answer) return;
    // Read again: another terminal may have solved something meanwhile.
    const fresh = await read();
    unsaved.set(id, answer);
    for (const [own, digest] of unsaved) {
      if (digest === undefined) fresh.delete(own);
      else fresh.set(own, digest);
    }
    answers = fresh;
    const temporary = path.join(folder, `progress.${process.pid}.tmp`);
    try {
      await mkdir(folder, { recursive: true });
      const solved = Object.fromEntries(sorted(fresh, ([one], [other]) => byText(one, other)));
      await writeFile(temporary, `${JSON.stringify({ solved }, undefined, 2)}\n`);
      await rename(temporary, file);
      unsaved.clear();
    } catch (error) {
      warn(`Progress is not kept: ${path.relative(root, file)} cannot be written (${reason(error)}).`);
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  };

  return {
    isSolved: (id) => answers.has(id) && answers.get(id) === digestOfStub(root, id),
    record(id, solved) {
      const answer = solved ? digestOfStub(root, id) : undefined;
      return (last = last.then(() => write(id, answer)));
    },
    flush: () => last,
  };
}

/** The first exercise that is not solved; undefined where all are. */
export function firstUnsolved(course: Course, progress: Progress): Exercise | undefined {
  return allExercises(course).find((exercise) => !progress.isSolved(exercise.id));
}

/** Tells one text of a stub from another; a file that is not there has a digest, too. */
function digestOfStub(root: string, id: string): string {
  const hash = createHash("sha256");
  const folder = path.join(root, "exercises", ...id.split("/"));
  try {
    hash.update(readFileSync(path.join(folder, `${path.basename(folder)}.ts`)));
  } catch {
    hash.update("no file");
  }
  return hash.digest("hex").slice(0, 16);
}

function parse(text: string): Map<string, string> {
  const value: unknown = JSON.parse(text);
  const solved = typeof value === "object" && value !== null && "solved" in value ? value.solved : undefined;
  if (typeof solved !== "object" || solved === null) throw new TypeError("it holds no record `solved`");
  return new Map(Object.entries(solved).filter(([, digest]) => typeof digest === "string"));
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
