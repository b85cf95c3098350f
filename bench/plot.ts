import { bestPeer, standings, type RowResult } from "./results.ts";
import { figure, times } from "./table.ts";

const LABELS = 200;
const PLOT = 520;
const NAMES = 230;
const LINE = 20;
const TOP = 64;
const WIDTH = LABELS + PLOT + NAMES;

// From a hundredth of the best peer to a hundred times it; what is further out stands at the edge.
const DECADES = 2;

const style = `
  text { font: 12px system-ui, sans-serif; fill: #222 }
  .faint { fill: #666 }
  .grid { stroke: #ddd }
  .one { stroke: #888; stroke-dasharray: 4 3 }
  .ours { fill: #0969da }
  .whisker { stroke: #0969da; stroke-width: 2 }
  .peer { fill: #888 }
  .bare { fill: none; stroke: #888; stroke-width: 1.5 }
  .paper { fill: #fff }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd }
    .faint { fill: #999 }
    .grid { stroke: #333 }
    .one { stroke: #777 }
    .ours { fill: #58a6ff }
    .whisker { stroke: #58a6ff }
    .peer { fill: #888 }
    .paper { fill: #0d1117 }
  }`;

/** A picture of the rows that have ours and a peer: each candidate as a multiple of the best peer, on a logarithmic scale. */
export function toPlot(results: readonly RowResult[]): string {
  const shown = results.filter((result) => bestPeer(result) !== undefined && standings(result).some(isOurs));
  const height = TOP + shown.length * LINE + 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>Each row's candidates, as multiples of the best peer</title>
<style>${style}
</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
${legend()}
${axis(height)}
${shown.map((result, i) => rowMarks(result, TOP + i * LINE + LINE / 2)).join("\n")}
</svg>
`;
}

type Mark = ReturnType<typeof standings>[number];

function isOurs({ candidate }: Mark): boolean {
  return candidate.role === "ours";
}

/** Where a multiple stands. */
function x(ratio: number): number {
  const decades = Math.max(-DECADES, Math.min(DECADES, Math.log10(ratio)));
  return Math.round((LABELS + ((decades + DECADES) / (2 * DECADES)) * PLOT) * 10) / 10;
}

function legend(): string {
  const y = 18;
  return [
    `<circle class="ours" cx="${LABELS}" cy="${y}" r="5"/><text x="${LABELS + 10}" y="${y + 4}">yieldpoint, least to greatest</text>`,
    `<circle class="peer" cx="${LABELS + 200}" cy="${y}" r="3.5"/><text x="${LABELS + 210}" y="${y + 4}">peers</text>`,
    `<circle class="bare" cx="${LABELS + 270}" cy="${y}" r="3.5"/><text x="${LABELS + 280}" y="${y + 4}">bare</text>`,
    `<text class="faint" x="${LABELS + PLOT + 14}" y="${y + 4}">the best peer, ours to it</text>`,
  ].join("\n");
}

function axis(height: number): string {
  return [0.01, 0.1, 1, 10, 100]
    .map((ratio) => {
      const at = x(ratio);
      return `<line class="${ratio === 1 ? "one" : "grid"}" x1="${at}" y1="${TOP - 8}" x2="${at}" y2="${height - 8}"/><text class="faint" x="${at}" y="${TOP - 14}" text-anchor="middle">${ratio}x</text>`;
    })
    .join("\n");
}

function rowMarks(result: RowResult, y: number): string {
  const marks = standings(result).filter(({ candidate: { counts = true } }) => counts);
  const own = marks.find(({ candidate }) => candidate.name === "yieldpoint");
  const parts = [
    `<text x="${LABELS - 14}" y="${y + 4}" text-anchor="end">${escape(result.row.name)}</text>`,
    // Ours last, on top of the others.
    ...marks.filter((mark) => !isOurs(mark)).map((mark) => dot(mark, y, result.row.unit)),
    ...(own === undefined || own.summary.median === 0 ? [] : [whisker(own, y)]),
    ...marks.filter(isOurs).map((mark) => dot(mark, y, result.row.unit)),
    `<text class="faint" x="${LABELS + PLOT + 14}" y="${y + 4}">${escape(`${bestPeer(result)}, ${times(own?.toBest ?? NaN)}`)}</text>`,
  ];
  return parts.join("\n");
}

function dot({ candidate, summary, toBest }: Mark, y: number, unit: string): string {
  const title = `${candidate.name}: ${figure(summary.median)} ${unit}, ${times(toBest)}`;
  const radius = candidate.name === "yieldpoint" ? 5 : 3.5;
  return `<circle class="${candidate.role}" cx="${x(toBest)}" cy="${y}" r="${radius}"><title>${escape(title)}</title></circle>`;
}

function whisker({ summary, toBest }: Mark, y: number): string {
  const at = (value: number): number => x((value / summary.median) * toBest);
  return `<line class="whisker" x1="${at(summary.min)}" y1="${y}" x2="${at(summary.max)}" y2="${y}"/>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
