import type { Report } from "./run.ts";
import { trend, type Point, type Trend } from "./statistics.ts";

/** In fewer samples, one a second, no trend is looked for: paths that are seldom taken are still met for the first time. */
export const fewestSamples = 30;

/**
 * The trend of the heap in bytes a second; undefined where there are too few samples. The first third does not count: what keeps a bounded
 * number of things is filled then.
 */
export function heapTrend(heap: readonly Point[]): Trend | undefined {
  return heap.length < fewestSamples ? undefined : trend(heap.slice(Math.ceil(heap.length / 3)));
}

/** A sentence for each thing that does not hold. */
export function verdict(report: Report): string[] {
  const growth = heapTrend(report.heap);
  return [
    ...report.stuck.map((name) => `${name}: a round has not ended in time.`),
    ...report.calls.flatMap(({ name, started, fulfilled, rejected, wrong, restless }) => {
      const unsettled = started - fulfilled - rejected;
      return [
        ...(started === 0 ? [`${name}: no call was made.`] : []),
        ...(unsettled > 0 ? [`${name}: ${unsettled} of ${started} calls have not settled.`] : []),
        ...restless.map((what) => `${name}: it is not at rest: ${what}.`),
        ...wrong.map((what) => `${name}: ${what}`),
      ];
    }),
    ...report.left.map((what) => `Left behind: ${what}.`),
    ...report.complaints.map((what) => `The process complained: ${what}`),
    ...(growth !== undefined && growth.low > 0 ? [`The heap grows by ${rate(growth)}.`] : []),
  ];
}

/** "12 bytes a second (95 % confidence: -3 to 27)" */
export function rate({ slope, low, high }: Trend): string {
  return `${whole(slope)} bytes a second (95 % confidence: ${whole(low)} to ${whole(high)})`;
}

/** "12,345" */
export function whole(figure: number): string {
  // There is no -0 for people.
  return (Math.round(figure) || 0).toLocaleString("en");
}
