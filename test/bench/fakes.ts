import type { RowResult } from "../../bench/results.ts";
import { bare, ours, platform, type Candidate, type Row } from "../../bench/row.ts";
import { summarise } from "../../bench/statistics.ts";

const never = (): Promise<number> => Promise.reject(new Error("not measured here"));

/** A row of bare work, ours with a variant, two peers, and a faster one that does less. */
export function fakeRow(changes: Partial<Row> = {}): Row {
  const candidates: Candidate[] = [
    bare(never),
    ours(never),
    ours(never, "signal read"),
    platform("tortoise", never, { slow: true, note: "steady" }),
    platform("hare", never),
    platform("cheat", never, { counts: false }),
  ];
  return { name: "run", title: "a run", unit: "ns/step", candidates, ...changes };
}

/** What was measured of it, round by round. */
export function fakeResult(
  figures: Readonly<Record<string, readonly number[]>>,
  changes: Partial<Row> = {},
  failures: Readonly<Record<string, string>> = {},
): RowResult {
  return {
    row: fakeRow(changes),
    summaries: new Map(Object.entries(figures).map(([name, list]) => [name, summarise(list)])),
    failures: new Map(Object.entries(failures)),
  };
}

/** Ours takes 60, 0.6 of the hare's time and 6 times the bare work's. */
export const figures = {
  bare: [9, 10, 12],
  yieldpoint: [55, 60, 70],
  "yieldpoint, signal read": [2_000, 2_100, 2_300],
  tortoise: [400, 400, 500],
  hare: [90, 100, 130],
  cheat: [20, 30, 40],
};
