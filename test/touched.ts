import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * The files under `exercises/` that differ from the last commit or are not in it: a learner's work. Paths are relative to
 * the root, with `/`. Outside a git checkout there is no telling, so there are none.
 */
export async function touchedExercises(root: string): Promise<string[]> {
  const args = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", "exercises"];
  const { stdout } = await promisify(execFile)("git", args, { cwd: root }).catch(() => ({ stdout: "" }));
  return stdout
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => line.slice(3));
}
