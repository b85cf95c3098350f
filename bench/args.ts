import { parseArgs } from "node:util";

export interface Options {
  /** Under a minute, writes nothing. */
  readonly short: boolean;
  /** Only rows whose name contains this. */
  readonly rows: string | undefined;
  readonly rounds: number;
}

export const usage =
  "npm run bench -- [--short] [--rows <part of a row's name>] [--rounds <n, default 5>]\n" +
  "  --short   one round of a few rows, under a minute; writes nothing\n" +
  "  --rows    only these rows; writes nothing\n" +
  "Without either, bench/results.md and bench/results.svg are written.";

/** @throws Error with the usage, for what is no option */
export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { short: { type: "boolean" }, rows: { type: "string" }, rounds: { type: "string" } },
    });
    const { short = false, rows } = values;
    const rounds = Number(values.rounds ?? (short ? 1 : 5));
    if (!Number.isInteger(rounds) || rounds < 1) {
      throw new RangeError(`--rounds must be an integer >= 1, got ${values.rounds}`);
    }
    return { short, rows, rounds };
  } catch (error) {
    throw new Error(`bench: ${(error as Error).message}\n${usage}`, { cause: error });
  }
}
