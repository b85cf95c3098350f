import { collect } from "../support/gc.ts";
import { readOptions } from "./args.ts";
import type { Loads } from "./load.ts";
import { soak } from "./run.ts";
import { reportText } from "./text.ts";
import { verdict } from "./verdict.ts";

/** A soak as a process: prints what it found, and ends with 1 unless all holds. */
export async function runCli(args: readonly string[], loads: Loads, patience?: number): Promise<void> {
  let options;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
    return;
  }
  const { seed, seconds } = options;
  console.log(
    `soak: ${Object.keys(loads).length} loads for ${seconds} s; again: --seconds ${seconds} --seed ${seed}\n`,
  );
  // From here on there is the global gc that measuring the heap takes.
  collect();
  const samples = Math.min(60, Math.ceil(seconds));
  const report = await soak({ loads, seed, seconds, samples, patience });
  // A handle that is left would keep the process alive.
  process.stdout.write(reportText(report), () => process.exit(verdict(report).length > 0 ? 1 : 0));
}
