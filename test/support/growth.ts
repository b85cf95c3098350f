import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll } from "vitest";

const root = new URL("../../", import.meta.url);
const script = fileURLToPath(new URL("growth-script.ts", import.meta.url));

/**
 * Bytes of heap that each call keeps, measured in a process of its own before the tests of the file that asks.
 *
 * @param module the file that exports the functions
 * @param calls how often each exported function is called, by its name
 * @returns the bytes by the same names, once the tests run
 */
export function bytesKept<N extends string>(
  module: URL,
  calls: Readonly<Record<N, number>>,
): Readonly<Record<N, number>> {
  const kept = {} as Record<N, number>;
  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--expose-gc", "--import", "tsx", script, module.href, JSON.stringify(calls)],
      { cwd: root },
    );
    Object.assign(kept, JSON.parse(stdout));
  }, 120_000);
  return kept;
}
