import { renderShortList } from "../course/render/list.ts";
import { type Result, renderScreen } from "../course/render/screen.ts";
import type { Style } from "../course/render/style.ts";
import { exerciseStates } from "../course/states.ts";
import { allExercises } from "../course/load.ts";
import type { Course, Exercise } from "../course/model.ts";
import { type Progress, firstUnsolved } from "../course/progress.ts";
import type { Runner } from "../course/verdict.ts";

/** What the loop of `start` works with; tests give their own. */
export interface SessionOptions {
  readonly course: Course;
  readonly runner: Runner;
  readonly progress: Progress;
  /** Where it begins. */
  readonly exercise: Exercise;
  /** The files that differ from the last commit; undefined where that is not known. */
  readonly changed: () => Promise<ReadonlySet<string> | undefined>;
  /** Calls back on each save in the exercise's folder. */
  readonly watch: (exercise: Exercise, onChange: () => void) => { close(): void };
  /** Shows a text in place of what was shown before. */
  readonly draw: (text: string) => void;
  readonly show: (file: string) => string;
  readonly style: Style;
}

export interface Key {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
}

/** The interactive loop: shows one exercise, runs its spec when told to or on a save, and answers keys. */
export class Session {
  /** Resolves once the learner has quit. */
  readonly closed: Promise<void>;
  readonly #options: SessionOptions;
  readonly #exercises: readonly Exercise[];
  #exercise: Exercise;
  #result: Result = { kind: "running" };
  #changed: ReadonlySet<string> | undefined;
  #hints = 0;
  #listing = false;
  #note = "";
  #watch: { close(): void } | undefined;
  #active = false;
  #wanted = false;
  #open = true;
  #close: () => void = () => undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#exercises = allExercises(options.course);
    this.#exercise = options.exercise;
    this.closed = new Promise((resolve) => (this.#close = resolve));
  }

  /** Shows the first exercise and runs its spec. */
  start(): void {
    this.#visit(this.#exercise);
  }

  /** Answers a key. */
  press(key: Key): void {
    if (!this.#open) return;
    if (key.ctrl === true) {
      if (key.name === "c" || key.name === "d") this.close();
      return;
    }
    const listed = this.#listing;
    this.#listing = false;
    this.#note = "";
    switch (key.name ?? "") {
      case "q":
        this.close();
        return;
      case "r":
        this.#run();
        return;
      case "n":
        this.#step(1);
        return;
      case "p":
        this.#step(-1);
        return;
      case "l":
        this.#listing = !listed;
        break;
      case "h":
        this.#hint();
        break;
      default:
    }
    this.#draw();
  }

  /** Ends the loop at once; a run under way is left to the runner's own `close`. */
  close(): void {
    this.#open = false;
    this.#watch?.close();
    this.#close();
  }

  #visit(exercise: Exercise): void {
    this.#exercise = exercise;
    this.#hints = 0;
    this.#watch?.close();
    this.#watch = this.#options.watch(exercise, () => this.#run());
    this.#run();
  }

  #step(by: 1 | -1): void {
    const next = this.#exercises[this.#exercises.indexOf(this.#exercise) + by];
    // Past the last one, what was skipped comes next.
    const target =
      next ?? (by === 1 ? firstUnsolved(this.#options.course, this.#options.progress) : undefined);
    if (target === undefined || target === this.#exercise) {
      this.#note = by === 1 ? "This is the last exercise." : "This is the first exercise.";
      this.#draw();
    } else {
      this.#visit(target);
    }
  }

  #hint(): void {
    const { hints } = this.#exercise;
    if (hints.length === 0) this.#note = "This exercise has no hints.";
    else if (this.#hints === hints.length) this.#note = "That was the last hint.";
    else this.#hints++;
  }

  #run(): void {
    if (!this.#open) return;
    this.#wanted = true;
    this.#note = "";
    this.#result = { kind: "running" };
    this.#draw();
    if (!this.#active) void this.#runWhileWanted();
  }

  async #runWhileWanted(): Promise<void> {
    this.#active = true;
    while (this.#wanted && this.#open) {
      this.#wanted = false;
      const exercise = this.#exercise;
      const result = await this.#judge(exercise);
      // A save or a step to another exercise meanwhile has made this result an old one.
      if (this.#wanted || !this.#open) continue;
      this.#result = result;
      this.#draw();
    }
    this.#active = false;
  }

  async #judge(exercise: Exercise): Promise<Result> {
    const { runner, progress, changed } = this.#options;
    try {
      const [[verdict], files] = await Promise.all([runner.run([{ exercise: exercise.id }]), changed()]);
      if (verdict === undefined) throw new Error("the runner gave no verdict");
      // Whoever has quit may have gone on to change the files.
      if (this.#open) await progress.record(exercise.id, verdict.passed);
      this.#changed = files;
      return { kind: "verdict", verdict, untouched: files !== undefined && !files.has(exercise.stub) };
    } catch (error) {
      return { kind: "error", message: error instanceof Error ? error.message : String(error) };
    }
  }

  #draw(): void {
    if (!this.#open) return;
    const { course, progress, draw, show, style } = this.#options;
    const state = exerciseStates(course, progress, this.#changed);
    const exercise = this.#exercise;
    if (this.#listing) {
      draw(renderShortList({ course, state, current: exercise.id, style }));
      return;
    }
    const hints = exercise.hints.slice(0, this.#hints);
    draw(
      renderScreen({ course, state, exercise, result: this.#result, hints, note: this.#note, show, style }),
    );
  }
}
