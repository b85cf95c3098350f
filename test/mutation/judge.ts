import type { MutantResult } from "@stryker-mutator/api/core";
import type { Survivor } from "./survivors.ts";

/** The least share of mutants that the tests must tell from the original. */
export const required = 0.9;

/** A mutant that the tests let pass: where it is, and what a list of survivors says of it. */
export interface Escape extends Omit<Survivor, "reason"> {
  readonly line: number;
}

/** How the tests of a row did. */
export interface Judgement {
  readonly detected: number;
  readonly total: number;
  /** Survivors that are listed with a reason. */
  readonly listed: number;
  readonly unlisted: readonly Escape[];
  /** What is listed and does not survive. */
  readonly stale: readonly Survivor[];
  readonly ok: boolean;
}

/**
 * Counts what the tests have told from the original: by a failure, by an endless loop, or by an error outside of any test, an unhandled
 * rejection, say, for which Vitest fails as well.
 *
 * @param list what is known to survive in the files that were mutated
 */
export function judge(
  results: readonly Pick<MutantResult, "status">[],
  escapes: readonly Escape[],
  list: readonly Survivor[],
): Judgement {
  const judged = results.filter(({ status }) => status !== "Ignored" && status !== "CompileError");
  // Each entry stands for one mutant.
  const stale = [...list];
  const unlisted = escapes.filter(({ file, code, mutant }) => {
    const at = stale.findIndex((each) => each.file === file && each.code === code && each.mutant === mutant);
    if (at >= 0) stale.splice(at, 1);
    return at < 0;
  });
  const total = judged.length;
  const detected = total - escapes.length;
  return {
    detected,
    total,
    listed: escapes.length - unlisted.length,
    unlisted,
    stale,
    ok: unlisted.length === 0 && detected >= required * total,
  };
}

/** Whether the tests let a mutant pass. */
export function hasEscaped({ status }: Pick<MutantResult, "status">): boolean {
  return status === "Survived" || status === "NoCoverage";
}

/** A mutant as a list of survivors names it: by the lines that it is in, since their numbers change. */
export function describe(
  file: string,
  source: string,
  { location, replacement }: Pick<MutantResult, "location" | "replacement">,
): Escape {
  const { start, end } = location;
  const lines = source.split("\n");
  const before = (lines[start.line - 1] ?? "").slice(0, start.column - 1);
  const after = (lines[end.line - 1] ?? "").slice(end.column - 1);
  return {
    file,
    line: start.line,
    code: abridge(lines.slice(start.line - 1, end.line).join("\n")),
    mutant: abridge(before + (replacement ?? "") + after),
  };
}

/** Code in one line that is not too long. */
function abridge(code: string): string {
  const line = code.replaceAll(/\s+/g, " ").trim();
  return line.length <= 160 ? line : `${line.slice(0, 100)} … ${line.slice(-50)}`;
}
