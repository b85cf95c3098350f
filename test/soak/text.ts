import { toText } from "../../bench/table.ts";
import type { Report } from "./run.ts";
import { sum } from "./statistics.ts";
import { heapTrend, rate, verdict, whole } from "./verdict.ts";

/** The figures of a soak, and whether all holds that must. */
export function reportText(report: Report): string {
  const failures = verdict(report);
  return [
    toText({
      columns: [
        { name: "load" },
        { name: "calls", figures: true },
        { name: "fulfilled", figures: true },
        { name: "rejected", figures: true },
      ],
      lines: report.calls.map(({ name, started, fulfilled, rejected }) => [
        name,
        ...[started, fulfilled, rejected].map(whole),
      ]),
    }),
    "",
    callsLine(report),
    heapLine(report),
    ...(failures.length > 0
      ? ["", "What does not hold:", ...failures]
      : ["No timer, handle or abort listener is left, and no rejection was unhandled."]),
    "",
  ].join("\n");
}

function callsLine({ calls }: Report): string {
  const started = sum(calls.map((load) => load.started));
  const fulfilled = sum(calls.map((load) => load.fulfilled));
  const rejected = sum(calls.map((load) => load.rejected));
  const settled = `${whole(fulfilled + rejected)} settled (${whole(fulfilled)} fulfilled, ${whole(rejected)} rejected)`;
  return `calls: ${whole(started)} made, ${settled}`;
}

function heapLine({ heap }: Report): string {
  const kilobytes = heap.map(({ y }) => y / 1024);
  const growth = heapTrend(heap);
  const bounds = `${whole(Math.min(...kilobytes))} to ${whole(Math.max(...kilobytes))} kB`;
  const trend = growth ? rate(growth) : "too few samples";
  return `heap after collection: ${bounds}; trend: ${trend}; samples:\n  ${kilobytes.map(whole).join(" ")}`;
}
