// `npm test`: every check of the project, and a last line that counts them.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import * as path from "node:path";
import { styleText } from "node:util";
import { gaps, readCoverage } from "./coverage.ts";
import { touchedExercises } from "./touched.ts";

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** What to read after a failure. */
  readonly output: string;
}

const root = path.join(import.meta.dirname, "..");
const require = createRequire(import.meta.url);
const scratch = await mkdtemp(path.join(tmpdir(), "yieldpoint-gate-"));

/** The script behind a package's command, so that no shell is needed to start it on any system. */
function bin(name: string, file: string): string {
  return path.join(path.dirname(require.resolve(`${name}/package.json`)), file);
}

/** Runs Node on a script. Its output is passed on as it comes if `live`, and kept otherwise. */
function node(args: readonly string[], live = false): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ["ignore", live ? "inherit" : "pipe", live ? "inherit" : "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (output += String(text)));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** A command that passes or fails as a whole. */
async function command(...args: string[]): Promise<Outcome> {
  const { code, output } = await node(args);
  return code === 0 ? { passed: 1, failed: 0, output } : { passed: 0, failed: 1, output };
}

// A learner's half-finished answers and scratch files are theirs: the exercises are judged as committed (by `verify`), and
// these files are left out of what is checked here.
const touched = await touchedExercises(root);

async function types(): Promise<Outcome> {
  const tsc = bin("typescript", "bin/tsc");
  const runs = ["tsconfig.json", "tsconfig.patterns.json"].map((project) =>
    node([tsc, "--noEmit", "-p", project, "--pretty", "false"]),
  );
  const lines = (await Promise.all(runs)).flatMap(({ output }) => output.split("\n"));
  // Another file of a touched folder may fail through it: a spec whose stub lost an export.
  const folders = touched.map((file) => `${path.posix.dirname(file)}/`);
  const errors = lines.filter((line) => /error TS\d+/.test(line));
  const ours = errors.filter(
    (line) => !folders.some((folder) => line.replaceAll("\\", "/").startsWith(folder)),
  );
  return ours.length === 0
    ? { passed: 1, failed: 0, output: "" }
    : { passed: 0, failed: 1, output: ours.join("\n") };
}

function lint(): Promise<Outcome> {
  const ignored = touched.map((file) => `--ignore-pattern=${file}`);
  return command(bin("oxlint", "bin/oxlint"), "--type-aware", "--deny-warnings", ...ignored);
}

function format(): Promise<Outcome> {
  const ignored = touched.map((file) => `!${file}`);
  return command(bin("prettier", "bin/prettier.cjs"), "--check", "--log-level=warn", ".", ...ignored);
}

async function tests(): Promise<Outcome> {
  const report = path.join(scratch, "vitest.json");
  const coverage = path.join(scratch, "coverage");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  args.push("--coverage.enabled", "--coverage.include=src/patterns/**/*.ts", "--coverage.reporter=json");
  args.push(`--coverage.reportsDirectory=${coverage}`);
  // By itself it leaves one core free.
  args.push(`--maxWorkers=${availableParallelism()}`);
  const { code } = await node([bin("vitest", "vitest.mjs"), ...args], true);
  const text = await readFile(report, "utf8").catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, output: "Vitest wrote no report." };
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(text) as Record<string, number>;
  // Vitest also fails for what no test is to blame for: an unhandled rejection, a file that does not load.
  if (code !== 0) return { passed: passed ?? 0, failed: Math.max(1, failed ?? 0), output: "" };
  const lines = gaps(await readCoverage(coverage), root);
  const output = ["No test runs this part of the patterns:", ...lines].join("\n");
  return { passed: passed ?? 0, failed: lines.length, output };
}

async function course(): Promise<Outcome> {
  const { code, output } = await node(["--import", "tsx", path.join("src", "cli", "main.ts"), "verify"]);
  const counts = /(?<passed>\d+) passed, (?<failed>\d+) failed\s*$/.exec(output)?.groups;
  if (counts === undefined) return { passed: 0, failed: 1, output };
  const failed = Number(counts["failed"]);
  return { passed: Number(counts["passed"]), failed: code === 0 ? failed : Math.max(1, failed), output };
}

type Phase = readonly [name: string, check: () => Promise<Outcome>];

/** One after the other; those of one line at once, since none of them keeps two cores busy. */
const steps: readonly (readonly Phase[])[] = [
  [["build", () => command("--import", "tsx", path.join("test", "build.ts"))]],
  [
    ["types", types],
    ["lint", lint],
    ["format", format],
    [
      "generated text",
      () => command("--import", "tsx", path.join("src", "cli", "main.ts"), "sync", "--check"),
    ],
  ],
  [["tests", tests]],
  [["course", course]],
];

let passed = 0;
let failed = 0;

async function run([name, check]: Phase): Promise<void> {
  const start = performance.now();
  const outcome = await check();
  const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(6);
  const word = outcome.failed === 0 ? styleText("green", "ok    ") : styleText("red", "FAILED");
  console.log(`${word} ${name.padEnd(16)} ${seconds} s`);
  if (outcome.failed > 0 && outcome.output) console.log(outcome.output);
  passed += outcome.passed;
  failed += outcome.failed;
}

if (touched.length > 0) console.log(`Judged as committed: ${touched.join(", ")}`);
for (const phases of steps) await Promise.all(phases.map(run));
await rm(scratch, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
