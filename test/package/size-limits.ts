import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Size } from "./sizes.ts";

/** The table of limits, as a test's message names it. */
export const tableFile = "test/package/size-limits.json";

const table = path.resolve(import.meta.dirname, "../..", tableFile);

/** The most bytes that each export may take, minified and gzipped. */
export function readLimits(): Readonly<Record<string, number>> {
  const limits: Record<string, number> = JSON.parse(readFileSync(table, "utf8"));
  return limits;
}

/** The next multiple of 25. */
export function limitFor({ gzip }: Size): number {
  return Math.ceil(gzip / 25) * 25;
}

export function recordLimits(sizes: readonly Size[]): void {
  const limits = Object.fromEntries(sizes.map((size) => [size.name, limitFor(size)]));
  writeFileSync(table, `${JSON.stringify(limits, null, 2)}\n`);
}
