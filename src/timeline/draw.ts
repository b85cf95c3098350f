import { byName, type Span, type Timeline } from "./model.ts";

/** How a timeline is drawn. */
export interface DrawOptions {
  /** Most columns that the bars may take. Default: 40. */
  readonly width?: number | undefined;
  /** Draw with ASCII characters only. Default: false. */
  readonly ascii?: boolean | undefined;
  /** What the total is counted in. Default: `"virtual ms"`. */
  readonly unit?: string | undefined;
}

interface Glyphs {
  readonly bar: string;
  /** The last cell of a bar that another bar of the lane follows without a gap. */
  readonly seam: string;
  readonly failed: string;
  readonly aborted: string;
  readonly pending: string;
  readonly instant: string;
}

const unicode: Glyphs = { bar: "█", seam: "▌", failed: "✗", aborted: "┤", pending: "░", instant: "▏" };
const ascii: Glyphs = { bar: "#", seam: ":", failed: "x", aborted: "]", pending: ".", instant: "|" };

const meanings: readonly (readonly [keyof Glyphs, string])[] = [
  ["failed", "failed"],
  ["aborted", "aborted"],
  ["pending", "still running"],
  ["instant", "took no time"],
];

interface Lane {
  readonly label: string;
  readonly name: string;
  readonly spans: readonly Span[];
  /** Ends the line; only the last lane of a timeline has one. */
  readonly note: string;
}

/**
 * Draws a timeline as text: one lane per name in the order of first start, time from left to right.
 *
 * A bar ends plain if the work succeeded, in `✗` if it failed, in `┤` if it was aborted; work that still runs is `░`, work that
 * took no time is `▏`. A legend names those marks that occur. Spans of one name share a lane unless they overlap.
 *
 * @param timeline - What ran when, in milliseconds.
 * @param options - `label`: stands before the first lane (default none); `width`: most columns for the bars (default 40);
 *   `ascii`: ASCII characters only (default false); `unit`: what the total is counted in (default `"virtual ms"`).
 * @throws RangeError if `width` is not an integer >= 1.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { drawTimeline } from "yieldpoint/testing";
 *
 * const spans = [
 *   { name: "users", start: 0, end: 100, outcome: "ok" },
 *   { name: "orders", start: 100, end: 200, outcome: "ok" },
 * ] as const;
 * const drawing = drawTimeline({ spans, end: 200 }, { width: 20 });
 * assert.equal(drawing, "users   ██████████\norders            ██████████   t=200 virtual ms");
 * ```
 */
export function drawTimeline(
  timeline: Timeline,
  options: DrawOptions & { readonly label?: string | undefined } = {},
): string {
  return draw("drawTimeline", [{ label: options.label ?? "", timeline }], options);
}

/**
 * Draws two timelines one above the other, on one scale.
 *
 * @param timelines - `you`: what was recorded; `expected`: what should have been.
 * @param options - `width`: most columns for the bars (default 40); `ascii`: ASCII characters only (default false);
 *   `unit`: what the totals are counted in (default `"virtual ms"`).
 * @throws RangeError if `width` is not an integer >= 1.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { drawComparison } from "yieldpoint/testing";
 *
 * const you = { spans: [{ name: "users", start: 0, end: 200, outcome: "ok" }], end: 200 } as const;
 * const expected = { spans: [{ name: "users", start: 0, end: 100, outcome: "ok" }], end: 100 } as const;
 * const [first, second] = drawComparison({ you, expected }, { width: 20 }).split("\n");
 * assert.equal(first, "you       users  ████████████████████   t=200 virtual ms");
 * assert.equal(second, "expected  users  ██████████             t=100 virtual ms");
 * ```
 */
export function drawComparison(
  timelines: { readonly you: Timeline; readonly expected: Timeline },
  options: DrawOptions = {},
): string {
  const rows = [
    { label: "you", timeline: timelines.you },
    { label: "expected", timeline: timelines.expected },
  ];
  return draw("drawComparison", rows, options);
}

function draw(
  call: string,
  rows: readonly { readonly label: string; readonly timeline: Timeline }[],
  options: DrawOptions,
): string {
  const { width = 40 } = options;
  if (!Number.isInteger(width) || width < 1) {
    throw new RangeError(`${call}: width must be an integer >= 1, got ${String(width)}`);
  }
  const glyphs = options.ascii === true ? ascii : unicode;
  const end = Math.max(...rows.map((row) => latest(row.timeline)));
  const scale = chooseScale(end, width);
  const lanes = rows.flatMap((row) => lanesOf(row.label, row.timeline, options.unit ?? "virtual ms"));

  const used = new Set<keyof Glyphs>();
  const bars = lanes.map((lane) => paint(lane.spans, scale, end, glyphs, used));
  const labelWidth = Math.max(...lanes.map((lane) => lane.label.length));
  const nameWidth = Math.max(...lanes.map((lane) => lane.name.length));
  const barWidth = Math.max(...bars.map((bar) => bar.length));
  const lines = lanes.map((lane, index) => {
    const label = labelWidth === 0 ? "" : `${lane.label.padEnd(labelWidth)}  `;
    const bar = (bars[index] ?? "").padEnd(barWidth);
    return `${label}${lane.name.padEnd(nameWidth)}  ${bar}   ${lane.note}`.trimEnd();
  });

  const legend = meanings.filter(([mark]) => used.has(mark)).map(([mark, text]) => `${glyphs[mark]} ${text}`);
  if (legend.length > 0) {
    const indent = " ".repeat((labelWidth === 0 ? 0 : labelWidth + 2) + nameWidth + 2);
    lines.push(indent + legend.join("   "));
  }
  return lines.join("\n");
}

function latest(timeline: Timeline): number {
  return Math.max(timeline.end, ...timeline.spans.map((span) => span.end ?? span.start));
}

/** Milliseconds per column: the least of …, 1, 2, 5, 10, … with which `end` fits, so that both ends of most bars fall on a cell. */
function chooseScale(end: number, width: number): number {
  if (end <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(end / width));
  return [1, 2, 5, 10].map((step) => step * power).find((scale) => end / scale <= width) ?? 10 * power;
}

function lanesOf(label: string, timeline: Timeline, unit: string): Lane[] {
  const lanes: Omit<Lane, "note">[] = [];
  for (const [name, spans] of byName(timeline.spans)) {
    splitOverlaps(spans).forEach((lane, index) => {
      lanes.push({ label: lanes.length === 0 ? label : "", name: index === 0 ? name : "", spans: lane });
    });
  }
  if (lanes.length === 0) return [{ label, name: "(nothing ran)", spans: [], note: "" }];
  const total = `t=${round(latest(timeline))} ${unit}`;
  return lanes.map((lane, index) => ({ ...lane, note: index === lanes.length - 1 ? total : "" }));
}

function splitOverlaps(spans: readonly Span[]): Span[][] {
  const lanes: Span[][] = [];
  for (const span of spans) {
    const free = lanes.find((lane) => (lane.at(-1)?.end ?? Infinity) <= span.start);
    if (free === undefined) lanes.push([span]);
    else free.push(span);
  }
  return lanes;
}

function paint(
  spans: readonly Span[],
  scale: number,
  end: number,
  glyphs: Glyphs,
  used: Set<keyof Glyphs>,
): string {
  const cells: string[] = [];
  spans.forEach((span, index) => {
    const from = Math.round(span.start / scale);
    const to = Math.max(from + 1, Math.round((span.end ?? end) / scale));
    const next = spans[index + 1];
    const touches = next !== undefined && Math.round(next.start / scale) <= to;

    let fill: keyof Glyphs = "bar";
    let last: keyof Glyphs = touches && to - from > 1 ? "seam" : "bar";
    if (span.outcome === "pending") fill = last = "pending";
    else if (span.outcome !== "ok") last = span.outcome;
    else if (span.end === span.start) last = "instant";

    while (cells.length < from) cells.push(" ");
    for (let cell = from; cell < to - 1; cell++) cells[cell] = glyphs[fill];
    cells[to - 1] = glyphs[last];
    used.add(last);
  });
  return cells.join("");
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
