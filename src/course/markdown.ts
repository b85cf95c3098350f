export interface Section {
  readonly heading: string;
  readonly body: string;
}

/** The `## ` sections of a Markdown text, in order; what stands before the first is left out. */
export function sections(markdown: string): Section[] {
  const found: { heading: string; lines: string[] }[] = [];
  let fence: string | undefined;
  for (const line of markdown.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const mark = /^\s*(?<mark>```|~~~)/.exec(line)?.groups?.["mark"];
    if (mark !== undefined && (fence === undefined || fence === mark))
      fence = fence === undefined ? mark : undefined;
    const heading = fence === undefined ? /^## +(?<text>.*\S)/.exec(line)?.groups?.["text"] : undefined;
    if (heading === undefined) found.at(-1)?.lines.push(line);
    else found.push({ heading, lines: [] });
  }
  return found.map(({ heading, lines }) => ({ heading, body: lines.join("\n").trim() }));
}
