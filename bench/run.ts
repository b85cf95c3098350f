// Side by side with peers, in one run: npm run bench [-- --short]
import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { freshDist, root } from "../test/package/dist.ts";
import { cases } from "./cases.ts";

const short = process.argv.includes("--short");
const rounds = short ? 3 : 7;
const budget = short ? 50 : 300;

await freshDist();
const library = pathToFileURL(path.join(root, "dist/index.js")).href;
const { outputFiles } = await esbuild.build({
  absWorkingDir: root,
  entryPoints: ["bench/measure.ts"],
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  write: false,
});
const program = outputFiles[0]?.text ?? "";

interface Row {
  readonly title: string;
  readonly name: string;
  readonly times: number[];
}

const rows: Row[] = [
  { title: "bare", name: "await task()", times: [] },
  { title: "import, cold", name: library, times: [] },
  { title: "import, cold", name: import.meta.resolve("p-limit"), times: [] },
  ...cases(await import(library)).flatMap(({ title, subjects }) =>
    Object.keys(subjects).map((name) => ({ title, name, times: [] })),
  ),
];

// Interleaved: whatever else the machine does meets every row alike.
for (let round = 1; round <= rounds; round++) {
  process.stderr.write(`round ${round} of ${rounds}\n`);
  for (const row of shuffle(rows)) row.times.push(await measure(row));
}

console.log(`node ${process.version}, ${rounds} rounds, one process a measurement; times for one task`);
console.log(
  table([
    ["case", "subject", "median", "min-max", "to bare await"],
    ...rows.map((row) => [
      row.title,
      row.name.startsWith("file:") ? path.relative(root, fileURLToPath(row.name)) : row.name,
      show(median(row.times)),
      `${show(Math.min(...row.times))}-${show(Math.max(...row.times))}`,
      row.title === "import, cold" ? "" : `${(median(row.times) / median(rows[0]?.times ?? [])).toFixed(1)}x`,
    ]),
  ]),
);

function measure({ title, name }: Row): Promise<number> {
  return new Promise((resolve, reject) => {
    const args = ["--input-type=module", "-", String(budget), library, title, name];
    const child = execFile(process.execPath, args, (error, stdout) => {
      const time = Number(stdout);
      if (error || !(time > 0)) reject(error ?? new Error(`bench: no time for ${name}: ${stdout}`));
      else resolve(time);
    });
    child.stdin?.end(program);
  });
}

function shuffle<T>(items: readonly T[]): T[] {
  const keyed = items.map((item) => ({ item, key: Math.random() }));
  keyed.sort((a, b) => a.key - b.key);
  return keyed.map(({ item }) => item);
}

function median(times: readonly number[]): number {
  const sorted = [...times];
  sorted.sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function show(nanoseconds: number): string {
  return nanoseconds < 1e6 ? `${Math.round(nanoseconds)} ns` : `${(nanoseconds / 1e6).toFixed(1)} ms`;
}

function table(lines: readonly (readonly string[])[]): string {
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
