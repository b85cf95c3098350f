import type { Options } from "./args.ts";
import type { Candidate, Row } from "./row.ts";

/**
 * The rows that a run measures: all; those that a name asks for; or in a short run a few, once, without the slow candidates.
 *
 * @throws Error when a name fits no row
 */
export function select(rows: readonly Row[], { short, rows: part }: Pick<Options, "short" | "rows">): Row[] {
  const asked = rows.filter((row) => (part === undefined ? !short || row.short : row.name.includes(part)));
  if (asked.length === 0) {
    throw new Error(`bench: no row is named ${part}; there are ${rows.map(({ name }) => name).join(", ")}`);
  }
  if (!short) return asked;
  return asked.map((row) => ({
    ...row,
    perRound: 1,
    candidates: row.candidates.filter(({ slow = false }) => !slow),
  }));
}

/** One measurement to be made. */
export interface Job {
  readonly row: Row;
  readonly candidate: Candidate;
}

/**
 * The order of one round: the rows shuffled, and in each, as many times as it asks, the bare work first and last with the others
 * shuffled between, so that whatever else the machine does meets all alike.
 *
 * @param random a number from 0 up to 1, as `Math.random` gives
 */
export function order(rows: readonly Row[], random: () => number): Job[] {
  return shuffle(rows, random)
    .flatMap((row) => Array.from({ length: row.perRound ?? 1 }, () => row))
    .flatMap((row) => {
      const baselines = row.candidates.filter(({ role }) => role === "bare");
      const others = row.candidates.filter(({ role }) => role !== "bare");
      return [...baselines, ...shuffle(others, random), ...baselines].map((candidate) => ({
        row,
        candidate,
      }));
    });
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  keyed.sort((a, b) => a.key - b.key);
  return keyed.map(({ item }) => item);
}
