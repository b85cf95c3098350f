import type { Candidate, Goal, Row } from "./row.ts";
import type { Summary } from "./statistics.ts";

/** What a run found out about a row. */
export interface RowResult {
  readonly row: Row;
  /** By the candidate's name; one that failed is missing. */
  readonly summaries: ReadonlyMap<string, Summary>;
  /** Why a candidate gave no figure. */
  readonly failures: ReadonlyMap<string, string>;
}

/** One candidate beside the others of its row. */
export interface Standing {
  readonly candidate: Candidate;
  readonly summary: Summary;
  /** Its median as a multiple of the best peer's. */
  readonly toBest: number;
  /** Its median as a multiple of the bare work's. */
  readonly toBare: number;
}

/** The fastest, or smallest, of the peers that do all that the row asks. */
export function bestPeer({ row, summaries }: RowResult): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const { name, role, counts = true } of row.candidates) {
    const median = summaries.get(name)?.median ?? Infinity;
    if (role === "peer" && counts && median < least) {
      best = name;
      least = median;
    }
  }
  return best;
}

/** The candidates from the best to the worst; a ratio to what is not there, or is 0, is NaN or Infinity. */
export function standings(result: RowResult): Standing[] {
  const { row, summaries } = result;
  const median = (name: string | undefined): number => summaries.get(name ?? "")?.median ?? NaN;
  const best = median(bestPeer(result));
  const bare = median(row.candidates.find(({ role }) => role === "bare")?.name);
  const found = row.candidates.flatMap((candidate) => {
    const summary = summaries.get(candidate.name);
    if (summary === undefined) return [];
    return [{ candidate, summary, toBest: summary.median / best, toBare: summary.median / bare }];
  });
  found.sort((a, b) => a.summary.median - b.summary.median);
  return found;
}

/** How one of ours did against a goal. */
export interface Judgement {
  readonly row: Row;
  readonly goal: Goal;
  readonly candidate: string;
  /** Ours, in the row's unit. */
  readonly median: number;
  /** Whom ours is compared with; undefined for a goal that is a figure of its own. */
  readonly against: { readonly name: string; readonly median: number } | undefined;
  /** A multiple of the other's figure, or in the row's unit. */
  readonly measured: number;
  readonly limit: number;
  readonly met: boolean;
}

/** The goals of a row, without those for which a figure is missing. */
export function judge(result: RowResult): Judgement[] {
  const { row, summaries } = result;
  return (row.goals ?? []).flatMap((goal): Judgement[] => {
    const { candidate = "yieldpoint" } = goal;
    const median = summaries.get(candidate)?.median;
    if (median === undefined) return [];
    if ("value" in goal) {
      const { value: limit } = goal;
      return [
        { row, goal, candidate, median, against: undefined, measured: median, limit, met: median <= limit },
      ];
    }
    const name = goal.against ?? bestPeer(result);
    const other = summaries.get(name ?? "")?.median;
    if (name === undefined || other === undefined) return [];
    const measured = median / other;
    const against = { name, median: other };
    return [
      { row, goal, candidate, median, against, measured, limit: goal.ratio, met: measured <= goal.ratio },
    ];
  });
}
