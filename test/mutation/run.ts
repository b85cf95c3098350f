// Changes the patterns in small ways, one at a time, and looks whether their tests notice:
// npm run mutate [-- <row or file of src/patterns>...] [--concurrency <n>]
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs, styleText } from "node:util";
import type { LogLevel } from "@stryker-mutator/api/core";
import { Stryker } from "@stryker-mutator/core";
import { describe, hasEscaped, judge, required, type Escape, type Judgement } from "./judge.ts";
import { select, type Row } from "./selection.ts";
import { survivors } from "./survivors.ts";

const root = path.join(import.meta.dirname, "..", "..");

try {
  await mutate();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function mutate(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { concurrency: { type: "string", default: String(availableParallelism()) } },
    allowPositionals: true,
  });
  const rows = select(root, positionals);
  process.chdir(root);
  for (const row of rows) {
    const start = performance.now();
    const judgement = await judgeRow(row, Number(values.concurrency));
    report(row, judgement, (performance.now() - start) / 1000);
    if (!judgement.ok) process.exitCode = 1;
  }
}

async function judgeRow(row: Row, concurrency: number): Promise<Judgement> {
  const scratch = await mkdtemp(path.join(tmpdir(), "yieldpoint-mutation-"));
  try {
    // Handed on to the processes that run the tests.
    process.env["MUTATION_ROW"] = row.name;
    const results = await new Stryker({
      mutate: [...row.files],
      plugins: ["@stryker-mutator/vitest-runner"],
      testRunner: "vitest",
      vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
      // The files that are copied; node_modules is linked.
      ignorePatterns: [
        "**",
        "!src/**/*",
        "!test/{adapters,mutation,patterns,support}/**/*",
        "!package.json",
        "!tsconfig.json",
      ],
      // tsconfig.json is copied as it is: a process that a test starts finds the package's sources by its paths.
      tsconfigFile: "none",
      tempDirName: scratch,
      coverageAnalysis: "perTest",
      concurrency,
      timeoutMS: 2_000,
      reporters: process.stdout.isTTY ? ["progress"] : ["dots"],
      logLevel: "warn" as LogLevel,
    }).runMutationTest();

    const sources = new Map<string, string>();
    const escapes: Escape[] = [];
    for (const result of results.filter(hasEscaped)) {
      const file = path.relative(root, result.fileName).replaceAll("\\", "/");
      const source = sources.get(file) ?? (await readFile(path.join(root, file), "utf8"));
      sources.set(file, source);
      escapes.push(describe(file, source, result));
    }
    const list = survivors.filter(({ file }) => row.files.includes(file));
    return judge(results, escapes, list);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function report({ name }: Row, judgement: Judgement, seconds: number): void {
  const { detected, total, listed, unlisted, stale, ok } = judgement;
  const share = `${((100 * detected) / total).toFixed(1)} %`;
  const word = ok ? styleText("green", "ok    ") : styleText("red", "FAILED");
  console.log(
    `${word} ${name.padEnd(12)} ${share.padStart(7)}  ${detected} of ${total} mutants detected, ${listed} listed as survivors` +
      `  ${seconds.toFixed(0)} s`,
  );
  if (detected < required * total) console.log(`  ${required * 100} % are required`);
  for (const { file, line, code, mutant } of unlisted) {
    console.log(`  survived, and is not listed: ${file}:${line}\n    - ${code}\n    + ${mutant}`);
  }
  for (const { file, code, mutant } of stale) {
    console.log(`  listed, but does not survive: ${file}\n    - ${code}\n    + ${mutant}`);
  }
}
