import { defineConfig } from "vitest/config";
import { packageResolution } from "../../src/course/runner/settings.ts";

const row = process.env["MUTATION_ROW"];
// What shares timers and reactions stands in core, and is tested by the patterns that use it.
const folders = row === "core" ? "{core,time}" : row;

/** What the tests of one row run under for each mutant; the row's name is given in the environment. */
export default defineConfig({
  ...packageResolution,
  test: {
    // What the patterns tell on their diagnostics channels is tested for all of them there.
    include: [`test/patterns/${folders}/**/*.test.ts`, "test/adapters/diagnostics/*.test.ts"],
    // Types are stripped; memory, the package and what keeps a process alive are tried in processes of their own.
    exclude: ["**/*.types.test.ts", "**/growth.test.ts", "**/*-process.test.ts", "**/package.test.ts"],
    runner: "test/mutation/hang-detector.ts",
    setupFiles: ["test/mutation/fast-check.setup.ts"],
    // A busy machine must not kill a mutant; a test that hangs does not come so far.
    testTimeout: 30_000,
  },
});
