import type { Context } from "./context.ts";

export interface Arguments {
  readonly words: readonly string[];
  readonly flags: ReadonlySet<string>;
}

/** One command of the tool. */
export interface Command {
  readonly name: string;
  /** What follows the name: `[id…] [--all]`. */
  readonly usage: string;
  /** One sentence. */
  readonly summary: string;
  /** Its flags, without dashes, each with a sentence. */
  readonly flags?: Readonly<Record<string, string>>;
  /** How many words it takes besides flags; default any number. */
  readonly maxWords?: number;
  /** Of use to those who write the course, not to those who take it. */
  readonly forAuthors?: boolean;
  /** Resolves with the exit code. */
  run(context: Context, args: Arguments): Promise<number>;
}
