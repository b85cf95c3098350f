// Ours beside the peers, in one run: npm run bench [-- --short] [-- --rows <part of a name>] [-- --rounds <n>]
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import * as prettier from "prettier";
import { readOptions } from "./args.ts";
import { buildPrograms } from "./library.ts";
import type { Order } from "./measure.ts";
import { installPeers, peerUrl, peerVersions } from "./peers.ts";
import { toPlot } from "./plot.ts";
import { conditions, goalTable, rowTable, toReport, type Run } from "./report.ts";
import type { RowResult } from "./results.ts";
import { rows } from "./rows/index.ts";
import { order, select, type Job } from "./schedule.ts";
import { summarise } from "./statistics.ts";
import { toText } from "./table.ts";

const folder = import.meta.dirname;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  await bench();
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
}

async function bench(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const asked = select(rows, options);
  const scratch = await mkdtemp(path.join(tmpdir(), "yieldpoint-bench-"));
  try {
    const { library, program } = await buildPrograms(scratch);
    const exported = Object.keys((await import(pathToFileURL(library).href)) as object);
    const skipped: string[] = [];
    const present = asked.filter(({ name, needs = [] }) => {
      const missing = needs.filter((need) => !exported.includes(need));
      if (missing.length > 0) skipped.push(`${name}: no ${missing.join(", ")} is exported yet`);
      return missing.length === 0;
    });
    for (const line of skipped) say(`skipped ${line}`);

    const peers = new Set(
      present.flatMap(({ candidates }) => candidates.flatMap(({ peer, more = [] }) => [peer, ...more])),
    );
    peers.delete(undefined);
    if (peers.size > 0) await installPeers(say);
    const names = [...peers].filter((name) => name !== undefined);
    const urls = Object.fromEntries([...names, "esbuild"].map((name) => [name, peerUrl(name)]));

    const results = await measureAll(present, options.rounds, (job) =>
      measure(program, {
        row: job.row.name,
        candidate: job.candidate.name,
        libraryUrl: pathToFileURL(library).href,
        folder,
        budget: options.short ? 30 : 250,
        urls,
      }),
    );
    const { version } = JSON.parse(await readFile(path.join(folder, "../package.json"), "utf8")) as {
      version: string;
    };
    const versions = Object.entries(peerVersions()).filter(([name]) => names.some((each) => each === name));
    const run: Run = {
      node: process.version,
      machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? "an unknown processor"}`,
      date: new Date().toISOString().slice(0, 10),
      rounds: options.rounds,
      versions: { yieldpoint: version, ...Object.fromEntries(versions) },
      results,
      skipped,
    };
    print(run);
    if (!options.short && options.rows === undefined) await write(run);
    if (results.some(({ failures }) => failures.size > 0)) process.exitCode = 1;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function measureAll(
  present: readonly (typeof rows)[number][],
  rounds: number,
  take: (job: Job) => Promise<number>,
): Promise<RowResult[]> {
  const taken = new Map(present.map((row) => [row, new Map<string, number[]>()]));
  const failures = new Map(present.map((row) => [row, new Map<string, string>()]));
  for (let round = 1; round <= rounds; round++) {
    const jobs = order(round === 1 ? present : present.filter(({ once = false }) => !once), Math.random);
    for (const [i, job] of jobs.entries()) {
      const { row, candidate } = job;
      if (failures.get(row)?.has(candidate.name)) continue;
      if (row !== jobs[i - 1]?.row) say(`round ${round} of ${rounds}, ${i} of ${jobs.length}: ${row.name}`);
      try {
        const figures = taken.get(row);
        const list = figures?.get(candidate.name) ?? [];
        list.push(await take(job));
        figures?.set(candidate.name, list);
      } catch (error) {
        say(`${row.name}, ${candidate.name} failed: ${(error as Error).message}`);
        failures.get(row)?.set(candidate.name, (error as Error).message);
      }
    }
  }
  return present.map((row) => ({
    row,
    summaries: new Map(
      [...(taken.get(row) ?? [])]
        .filter(([name]) => !failures.get(row)?.has(name))
        .map(([name, figures]) => [name, summarise(figures)]),
    ),
    failures: failures.get(row) ?? new Map<string, string>(),
  }));
}

/** One measurement, in a process of its own. */
function measure(program: string, work: Order): Promise<number> {
  return new Promise((resolve, reject) => {
    const args = ["--expose-gc", program, JSON.stringify(work)];
    const env = { ...process.env, NODE_OPTIONS: "", NODE_NO_WARNINGS: "1" };
    execFile(process.execPath, args, { env, timeout: 120_000 }, (error, stdout, stderr) => {
      const value = Number(stdout);
      if (error === null && stdout !== "" && value >= 0) resolve(value);
      else reject(new Error(reason(stderr, error)));
    });
  });
}

/** The line of a process's last words that says what went wrong. */
function reason(stderr: string, error: (Error & { killed?: boolean }) | null): string {
  if (error?.killed) return "not over after two minutes";
  const line = stderr.split("\n").find((each) => /^\w*Error: /.test(each));
  return line?.replace(/^Error: bench: /, "") ?? "it ended before its figure was there";
}

function print(run: Run): void {
  const { results } = run;
  console.log(`${conditions(run)}, one process a measurement`);
  for (const result of results) {
    console.log(`\n${result.row.name}: ${result.row.title}`);
    console.log(toText(rowTable(result)));
  }
  const goals = goalTable(results);
  if (goals.lines.length > 0) console.log(`\ngoals\n${toText(goals)}`);
}

async function write(run: Run): Promise<void> {
  const file = path.join(folder, "results.md");
  const format = await prettier.resolveConfig(file);
  await writeFile(file, await prettier.format(toReport(run), { ...format, parser: "markdown" }));
  await writeFile(path.join(folder, "results.svg"), toPlot(run.results));
  say("wrote bench/results.md and bench/results.svg");
}
