/**
 * The course as data. Every row is read from the folder that it describes (see `load.ts`); the terminal tool,
 * the README's tables and the checks are functions of these values, so adding an example or an exercise
 * touches no list.
 */

/** The whole course, as loaded from one root folder. */
export interface Course {
  /** Absolute path of the folder that holds `exercises/`, `solutions/` and `src/examples/`. */
  readonly root: string;
  /** In the order of their names (`01-…`, `06c-…`). */
  readonly chapters: readonly Chapter[];
  /** What could not be read, in sentences that say how to mend it; the rest of the course stands all the same. */
  readonly faults: readonly Fault[];
}

/** Something malformed that the loader met. */
export interface Fault {
  /** The id of the exercise or the example. */
  readonly subject: string;
  readonly message: string;
}

export interface Chapter {
  /** The folder's name, the same in every tree: `06c-running-multiple-tasks`. */
  readonly id: string;
  /** The name as words: `Running multiple tasks`. */
  readonly title: string;
  readonly examples: readonly Example[];
  /** In the order that their READMEs give. */
  readonly exercises: readonly Exercise[];
}

/** A script of the catalogue: `src/examples/<chapter>/<name>.ts` and the output that it must print. */
export interface Example {
  /** `<chapter>/<name>` */
  readonly id: string;
  readonly chapter: string;
  readonly name: string;
  /** The first sentence of the script's header comment. */
  readonly title: string;
  /** The clock that the script's header names: virtual unless its subject is something real. */
  readonly clock: "virtual" | "real";
  /** The exported patterns that the header's `Patterns:` line names. */
  readonly patterns: readonly string[];
  readonly file: string;
  readonly expectedFile: string;
}

/** A stub, the spec that judges it, and what helps to solve it: `exercises/<chapter>/<name>/`. */
export interface Exercise {
  /** `<chapter>/<name>` */
  readonly id: string;
  readonly chapter: string;
  readonly name: string;
  readonly title: string;
  /** Position in its chapter; gaps are fine. */
  readonly order: number;
  /** Exports of `yieldpoint` that the learner writes here, and may therefore not import. */
  readonly implement: readonly string[];
  /** What the learner's file exports, as the first solution does: `["Semaphore"]`. */
  readonly writes: readonly string[];
  readonly folder: string;
  readonly readme: string;
  readonly stub: string;
  readonly spec: string;
  readonly hintsFile: string;
  /** From a nudge to the whole way; three of them. */
  readonly hints: readonly string[];
  /** `solutions/<chapter>/<name>.ts` first, then `<name>.<style>.ts`. */
  readonly solutions: readonly string[];
  readonly misconceptions: readonly Misconception[];
}

/** A wrong answer such as a learner writes: `test/misconceptions/<chapter>/<exercise>/<name>.ts`. */
export interface Misconception {
  readonly name: string;
  readonly file: string;
  /** One sentence for the learner: what the answer does wrong. */
  readonly cause: string;
  /** The tests that reject it, in the spec's order; the first one is the one that must catch it first. */
  readonly fails: readonly string[];
}
