import * as path from "node:path";
import type { ViteUserConfig } from "vitest/config";
import { exercisePlugin } from "./plugin.ts";
import { exerciseOptions, packageResolution } from "./settings.ts";

/**
 * Vitest's configuration for a folder that holds `test/` and `exercises/`: the project's own tests, unless the
 * command line names an exercise, which then runs as it does in the course's tool.
 */
export function courseConfig(root: string, argv = process.argv.slice(2)): ViteUserConfig {
  const tests = {
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "test/{fixtures,misconceptions}/**"],
  };
  if (!namesExercise(root, argv)) return { ...packageResolution, test: tests };
  return {
    ...packageResolution,
    plugins: [exercisePlugin({ root })],
    test: { ...tests, ...exerciseOptions, include: [...tests.include, "exercises/**/*.spec.ts"] },
  };
}

/** Whether a filter of the command line names a path in `exercises/`, however it is written. */
export function namesExercise(root: string, argv: readonly string[], cwd = process.cwd()): boolean {
  const exercises = path.join(root, "exercises");
  return argv.some((argument) => {
    if (argument.startsWith("-")) return false;
    const file = path.resolve(cwd, argument.replaceAll("\\", "/"));
    return file === exercises || file.startsWith(exercises + path.sep);
  });
}
