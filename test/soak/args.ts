import { parseArgs } from "node:util";

export interface Options {
  readonly seed: number;
  readonly seconds: number;
}

export const usage =
  "npm run soak -- [--seconds <n, default 120>] [--seed <integer, default a random one>]\n" +
  "Under 30 seconds the heap is not judged: at first it grows by the program itself.";

/** @throws Error with the usage, for what is no option */
export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { seed: { type: "string" }, seconds: { type: "string" } },
    });
    const seconds = Number(values.seconds ?? 120);
    if (!(seconds > 0 && seconds < Infinity)) {
      throw new RangeError(`--seconds must be a number > 0, got ${values.seconds}`);
    }
    const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
    if (!Number.isInteger(seed)) throw new RangeError(`--seed must be an integer, got ${values.seed}`);
    return { seed, seconds };
  } catch (error) {
    throw new Error(`soak: ${(error as Error).message}\n${usage}`, { cause: error });
  }
}
