/** A table as text: its columns are named, and those of figures are aligned to the right. */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly figures?: boolean }[];
  readonly lines: readonly (readonly string[])[];
}

/** For a terminal. */
export function toText({ columns, lines }: Table): string {
  const head = columns.map(({ name }) => name);
  const widths = head.map((name, i) => Math.max(name.length, ...lines.map((line) => line[i]?.length ?? 0)));
  const pad = (line: readonly string[]): string =>
    columns
      .map(({ figures = false }, i) => {
        const [cell = "", width = 0] = [line[i], widths[i]];
        return figures ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [head, ...lines].map(pad).join("\n");
}

/** For a Markdown file. */
export function toMarkdown({ columns, lines }: Table): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    row(columns.map(({ name }) => name)),
    row(columns.map(({ figures = false }) => (figures ? "---:" : "---"))),
    ...lines.map(row),
  ].join("\n");
}

/** A figure with as many digits as matter. */
export function figure(value: number): string {
  return value < 100 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value).toLocaleString("en");
}

/** A multiple; nothing where there is none. */
export function times(ratio: number): string {
  if (!Number.isFinite(ratio)) return "";
  if (ratio === 0) return "0x";
  const digits = ratio < 0.1 ? 3 : ratio < 10 ? 2 : ratio < 100 ? 1 : 0;
  return `${ratio.toFixed(digits)}x`;
}
