/** A fenced code block. */
export interface Block {
  readonly code: string;
  /** Where its first line of code stands in the file. */
  readonly line: number;
}

/** The blocks fenced as plain ```ts in a text that starts in `firstLine` of its file. */
export function tsBlocks(markdown: string, firstLine = 1): Block[] {
  const blocks: Block[] = [];
  let fence: { readonly mark: string; readonly isTs: boolean; readonly from: number } | undefined;
  const lines = markdown.split("\n");
  for (const [index, line] of lines.entries()) {
    const [, mark = "", info = ""] = /^\s*(`{3,})(.*)$/.exec(line) ?? [];
    if (mark === "") continue;
    if (fence === undefined) {
      fence = { mark, isTs: info.trim() === "ts", from: index + 1 };
    } else if (mark.length >= fence.mark.length && info.trim() === "") {
      if (fence.isTs) {
        blocks.push({ code: lines.slice(fence.from, index).join("\n"), line: firstLine + fence.from });
      }
      fence = undefined;
    }
  }
  return blocks;
}
