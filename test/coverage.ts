import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { sorted } from "../src/course/sorted.ts";

/** What `coverage-final.json` says of one file: its parts, and how often each ran. */
export interface FileCoverage {
  readonly path: string;
  readonly statementMap: Readonly<Record<string, Place>>;
  readonly fnMap: Readonly<Record<string, { readonly line: number }>>;
  readonly branchMap: Readonly<
    Record<string, { readonly type: string; readonly line: number; readonly locations: readonly Place[] }>
  >;
  readonly s: Readonly<Record<string, number>>;
  readonly f: Readonly<Record<string, number>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
}

interface Place {
  readonly start: { readonly line?: number };
}

/** What never ran, line by line: `src/patterns/time/sleep.ts:12: if branch, statement`. */
export function gaps(files: readonly FileCoverage[], root: string): string[] {
  return files.flatMap(({ path: file, statementMap, fnMap, branchMap, s, f, b }) => {
    const lines = new Map<number, Set<string>>();
    const note = (line: number | undefined, what: string): void => {
      lines.set(line ?? 0, (lines.get(line ?? 0) ?? new Set()).add(what));
    };
    for (const [id, { line }] of Object.entries(fnMap)) if (!f[id]) note(line, "function");
    for (const [id, { type, line, locations }] of Object.entries(branchMap)) {
      for (const [index, { start }] of locations.entries()) {
        // An else that is not written has no place of its own.
        if (!b[id]?.[index]) note(start.line ?? line, `${type} branch`);
      }
    }
    for (const [id, { start }] of Object.entries(statementMap)) if (!s[id]) note(start.line, "statement");
    const name = path.relative(root, file).replaceAll("\\", "/");
    return sorted(lines, ([one], [other]) => one - other).map(
      ([line, what]) => `${name}:${line}: ${[...what].join(", ")}`,
    );
  });
}

/** Reads the report that Vitest's reporter `json` wrote to a folder. */
export async function readCoverage(folder: string): Promise<FileCoverage[]> {
  const text = await readFile(path.join(folder, "coverage-final.json"), "utf8");
  return Object.values(JSON.parse(text) as Record<string, FileCoverage>);
}
