import { judge, standings, type Judgement, type RowResult } from "./results.ts";
import type { Row } from "./row.ts";
import { figure, times, toMarkdown, type Table } from "./table.ts";

/** What the results say about a run. */
export interface Run {
  readonly node: string;
  readonly machine: string;
  readonly date: string;
  readonly rounds: number;
  /** By package; ours with them. */
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly RowResult[];
  /** Rows that could not be measured, and why. */
  readonly skipped: readonly string[];
}

/** Where and how often it was measured. */
export function conditions({ node, machine, rounds }: Pick<Run, "node" | "machine" | "rounds">): string {
  return `node ${node}, ${machine}, ${rounds} ${rounds === 1 ? "round" : "rounds"}`;
}

/** The candidates of a row. */
export function rowTable(result: RowResult): Table {
  const { row, failures } = result;
  const measured = standings(result).map(({ candidate, summary, toBest, toBare }) => [
    candidate.name,
    figure(summary.median),
    `${figure(summary.min)} to ${figure(summary.max)}`,
    times(toBest),
    times(toBare),
    [candidate.note, candidate.counts === false ? "not compared with" : undefined]
      .filter((part) => part !== undefined)
      .join("; "),
  ]);
  const failed = [...failures].map(([name, reason]) => [name, "", "", "", "", `failed: ${reason}`]);
  return {
    columns: [
      { name: "candidate" },
      { name: row.unit, figures: true },
      { name: "min to max", figures: true },
      { name: "to best peer", figures: true },
      { name: "to bare", figures: true },
      { name: "note" },
    ],
    lines: [...measured, ...failed],
  };
}

/** Every goal of a run. */
export function goalTable(results: readonly RowResult[]): Table {
  return {
    columns: [
      { name: "row" },
      { name: "candidate" },
      { name: "goal: at most" },
      { name: "measured" },
      { name: "met" },
    ],
    lines: results.flatMap((result) => [
      ...judge(result).map((judgement) => [
        judgement.row.name,
        judgement.candidate,
        ...goalCells(judgement),
        judgement.met ? "yes" : `no, ${missedBy(judgement)} over`,
      ]),
      ...unjudged(result),
    ]),
  };
}

function goalCells({ row, against, measured, median, limit }: Judgement): string[] {
  const unit = (value: number): string => `${figure(value)} ${row.unit}`;
  if (against === undefined) return [unit(limit), unit(measured)];
  return [
    `${times(limit)} ${against.name}`,
    `${times(measured)} (${figure(median)} to ${unit(against.median)})`,
  ];
}

function missedBy({ row, against, measured, limit }: Judgement): string {
  if (against === undefined) return `${figure(measured - limit)} ${row.unit}`;
  return `${Math.max(1, Math.round((measured / limit - 1) * 100))} %`;
}

function unjudged(result: RowResult): string[][] {
  const { row } = result;
  const judged = judge(result).map(({ goal }) => goal);
  return (row.goals ?? [])
    .filter((goal) => !judged.includes(goal))
    .map(({ candidate = "yieldpoint" }) => [row.name, candidate, "", "", "not measured"]);
}

/** The results as a Markdown file. */
export function toReport({ node, machine, date, rounds, versions, results, skipped }: Run): string {
  const goals = results.filter(({ row }) => row.goals !== undefined);
  const tried = results
    .flatMap(judge)
    .filter(({ met, goal }) => !met && goal.tried !== undefined)
    .map(({ row, candidate, goal }) => `- \`${row.name}\`, ${candidate}: ${goal.tried}`);
  const packages = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  const heading = ({ name, title, unit, perRound = 1 }: Row): string =>
    `### ${name}\n\n${title}, ${unit}${perRound > 1 ? `, ${perRound} times a round` : ""}`;
  return `${[
    "# Speed beside peers",
    "Written by `npm run bench`. Figures are medians with the least and the greatest; less is better. Each measurement is made in a process of its own. " +
      "A round measures each candidate once where the row does not say more; the rows and the candidates of a row come in another order each round, with `bare`, " +
      "the work with nothing around it, before and after. A ratio is one of medians. The best peer is the one with the least median " +
      "of those that do all that the row asks. `signal read` is the same with a task that reads its `signal`.",
    `- ${date}, ${conditions({ node, machine, rounds })}\n- ${packages}`,
    "![Each row's candidates, as multiples of the best peer](results.svg)",
    "## Goals",
    toMarkdown(goalTable(goals)),
    ...(tried.length > 0 ? ["What was tried where a goal is missed:", tried.join("\n")] : []),
    ...(skipped.length > 0 ? ["Not measured:", skipped.map((line) => `- ${line}`).join("\n")] : []),
    "## Rows",
    ...results.flatMap((result) => [heading(result.row), toMarkdown(rowTable(result))]),
  ].join("\n\n")}\n`;
}
