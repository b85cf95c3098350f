/** What a run of one exercise's spec said about one answer. */
export interface Verdict {
  /** The exercise's id. */
  readonly exercise: string;
  /** The file that was judged: the stub in the exercise's folder, unless another one was named. */
  readonly answer: string;
  /** True only if every test ran and passed and nothing else went wrong. */
  readonly passed: boolean;
  /** In the order of the spec. */
  readonly tests: readonly TestVerdict[];
  /** What went wrong outside a test: a file that does not parse, an endless loop, a crashed worker. */
  readonly problems: readonly Problem[];
  /** What the answer printed, up to its last 20 000 characters; absent if nothing. */
  readonly output?: string;
  /** Real milliseconds. */
  readonly duration: number;
}

export interface TestVerdict {
  readonly name: string;
  /** `not-run`: the worker ended before the test did. */
  readonly state: "passed" | "failed" | "not-run";
  /** The failure's message, with its drawn timeline; absent for a pass. */
  readonly message?: string;
  /** Where in the learner's file (or else in the spec) the failure arose: `semaphore.ts:12`. */
  readonly at?: string;
}

export interface Problem {
  readonly kind: "endless-loop" | "crash" | "out-of-memory" | "unhandled-error" | "load-error";
  /** One or two sentences that name the file and line where they are known. */
  readonly message: string;
}

/** One answer to be judged. */
export interface RunRequest {
  /** The exercise's id. */
  readonly exercise: string;
  /** Absolute path of the file to judge in place of the stub. */
  readonly answer?: string;
  /** The text to judge in place of the stub's. */
  readonly source?: string;
}

export interface RunOptions {
  /** Told of each verdict as soon as it stands. */
  readonly onVerdict?: (verdict: Verdict) => void;
}

/** Judges answers by their exercises' specs, as often as it is asked; many at once cost little more than one. */
export interface Runner {
  /**
   * Judges each answer as its text is now. The verdicts stand in the order of the requests. Runs that are asked
   * for while another goes on wait their turn.
   */
  run(requests: readonly RunRequest[], options?: RunOptions): Promise<readonly Verdict[]>;
  /** Ends every process that it started, whatever that is doing. */
  close(): Promise<void>;
}
