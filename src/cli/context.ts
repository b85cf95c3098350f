import * as path from "node:path";
import { loadCourse } from "../course/load.ts";
import type { Course } from "../course/model.ts";
import { type Progress, openProgress } from "../course/progress.ts";
import type { Style } from "../course/render/style.ts";
import type { Runner } from "../course/verdict.ts";
import { UsageError } from "./errors.ts";

/** What is typed; a terminal, or not. */
export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(mode: boolean): unknown;
}

/** Where text goes; a terminal, or not. */
export interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** What a command may use of the world around it. */
export interface Context {
  readonly root: string;
  readonly style: Style;
  readonly stdin: Input;
  readonly stdout: Output;
  /** Prints text and a line break. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly course: () => Promise<Course>;
  readonly progress: () => Promise<Progress>;
  /** Started on first use, and closed by `close`. */
  readonly runner: () => Promise<Runner>;
  /** Turns an absolute path into one relative to the root. */
  readonly show: (file: string) => string;
  /** To be called before the tool ends, however it ends. */
  readonly onClose: (close: () => void | Promise<void>) => void;
  readonly close: () => Promise<void>;
}

export interface ContextOptions {
  readonly root: string;
  readonly style: Style;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly createRunner: (options: { root: string }) => Promise<Runner>;
}

export function createContext(options: ContextOptions): Context {
  const { root, style, stdin, stdout, stderr, createRunner } = options;
  const closing: (() => void | Promise<void>)[] = [];
  let course: Promise<Course> | undefined;
  let progress: Promise<Progress> | undefined;
  let runner: Promise<Runner> | undefined;

  let closed = false;
  const open = (): Promise<Runner> => {
    const opening = createRunner({ root });
    context.onClose(async () => (await opening).close());
    return opening;
  };

  const context: Context = {
    root,
    style,
    stdin,
    stdout,
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    course: () => (course ??= loadCourse(root)),
    progress: () =>
      (progress ??= openProgress({ root, onWarning: (text) => context.err(`Warning: ${text}`) })),
    runner: async () => {
      runner ??= open();
      const opened = await runner;
      // What started while the tool ends would outlive it.
      if (closed) throw new Error("The tool is closing.");
      return opened;
    },
    show: (file) => path.relative(root, file),
    onClose: (close) => void closing.push(close),
    close: async () => {
      closed = true;
      await Promise.allSettled(closing.splice(0).map(async (close) => close()));
    },
  };
  return context;
}

/** The course, if it has an exercise at all. */
export async function courseWithExercises(context: Context): Promise<Course> {
  const course = await context.course();
  if (course.chapters.some((chapter) => chapter.exercises.length > 0)) return course;
  throw new UsageError(`There are no exercises in ${path.join(context.root, "exercises")}.`);
}
