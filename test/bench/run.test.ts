import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.join(import.meta.dirname, "../..");

function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const command = ["--import", "tsx", path.join("bench", "run.ts"), ...args];
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const written = (): (number | undefined)[] =>
  ["results.md", "results.svg"].map(
    (file) => statSync(path.join(root, "bench", file), { throwIfNoEntry: false })?.mtimeMs,
  );

test(
  "a short run of a row without packages prints its table and writes nothing",
  { timeout: 60_000 },
  async () => {
    const before = written();
    const { code, stdout, stderr } = await bench("--short", "--rows", "race-pair");
    expect(stderr).not.toMatch(/failed|installing/);
    const [conditions, , title, head, ...lines] = stdout.trimEnd().split("\n");
    expect(conditions).toMatch(/^node v\d+\.\d+\.\d+, \d+ cores of .+, 1 round, one process a measurement$/);
    expect(title).toBe("race-pair: a race of 2 async tasks");
    expect(head).toMatch(/^candidate +ns\/task +min to max +to best peer +to bare +note$/);
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map((line) => line.split(/ {2,}/)[0]))).toEqual(
      new Set(["bare", "yieldpoint", "Promise.race"]),
    );
    for (const line of lines) expect(line).toMatch(/ [\d,.]+ +[\d,.]+ to [\d,.]+ +[\d.]+x +[\d.]+x/);
    expect(code).toBe(0);
    expect(written()).toEqual(before);
  },
);

test("an unknown row is refused with the names that there are", { timeout: 60_000 }, async () => {
  const { code, stderr } = await bench("--rows", "nothing-like-it");
  expect(stderr).toMatch(/^bench: no row is named nothing-like-it; there are limit-1k-c1, /);
  expect(code).toBe(1);
});
