import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = new URL("../../", import.meta.url);
const script = fileURLToPath(new URL("growth-script.ts", import.meta.url));

/**
 * Bytes of heap that each call keeps, measured in a process of its own.
 *
 * @param module the file that exports the functions
 * @param calls how often each exported function is called, by its name
 */
export async function bytesKept<N extends string>(
  module: URL,
  calls: Readonly<Record<N, number>>,
): Promise<Record<N, number>> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--expose-gc", "--import", "tsx", script, module.href, JSON.stringify(calls)],
    { cwd: root },
  );
  return JSON.parse(stdout) as Record<N, number>;
}
