import { tsBlocks, type Block } from "./blocks.ts";

/** What a doc comment says. */
export interface Doc {
  /** What stands before the first tag. */
  readonly summary: string;
  /** The names after `@param`, in order. */
  readonly params: readonly string[];
  readonly hasReturns: boolean;
  readonly hasThrows: boolean;
  /** The ```ts blocks under `@example`. */
  readonly examples: readonly Block[];
}

/** Reads a comment that starts with its two-star opening, which stands in `line`. */
export function parseDoc(comment: string, line: number): Doc {
  const lines = comment
    .replace(/^\/\*\*/, "")
    .replace(/\*\/$/, "")
    .split("\n")
    .map((each, index) => (index === 0 ? each.trim() : each.replace(/^\s*\* ?/, "")));
  const tags: { readonly tag: string; readonly line: number; readonly text: string[] }[] = [
    { tag: "", line, text: [] },
  ];
  for (const [index, each] of lines.entries()) {
    const tag = /^@(\w+)\s?/.exec(each);
    if (tag) tags.push({ tag: tag[1] ?? "", line: line + index, text: [each.slice(tag[0].length)] });
    else tags.at(-1)?.text.push(each);
  }
  const all = (name: string) => tags.filter(({ tag }) => tag === name);
  return {
    summary: all("")
      .flatMap(({ text }) => text)
      .join("\n")
      .trim(),
    params: all("param").map(({ text }) => /^\w*/.exec(text[0] ?? "")?.[0] ?? ""),
    hasReturns: all("returns").length > 0,
    hasThrows: all("throws").length > 0,
    examples: all("example").flatMap((example) => tsBlocks(example.text.join("\n"), example.line)),
  };
}
