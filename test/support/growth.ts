import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = new URL("../../", import.meta.url);
const script = fileURLToPath(new URL("growth-script.ts", import.meta.url));

/**
 * Bytes of heap that each call keeps, measured in a process of its own.
 *
 * @param module the file that exports the function
 * @param name the exported function, which is called again and again
 */
export async function bytesKept(module: URL, name: string, calls: number): Promise<number> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--expose-gc", "--import", "tsx", script, module.href, name, String(calls)],
    { cwd: root },
  );
  return Number(stdout);
}
