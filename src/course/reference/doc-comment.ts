import { tsBlocks, type Block } from "./blocks.ts";

/** What a doc comment says. */
export interface Doc {
  /** What stands before the first tag. */
  readonly summary: string;
  /** What stands after each `@param`, in order. */
  readonly params: readonly Param[];
  /** What stands after `@returns` and `@throws`; undefined without such a tag. */
  readonly returns: string | undefined;
  readonly throws: string | undefined;
  /** The ```ts blocks under `@example`. */
  readonly examples: readonly Block[];
}

/** What a doc comment says of one parameter. */
export interface Param {
  readonly name: string;
  readonly text: string;
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
  const text = (name: string) => {
    const texts = all(name).map((each) => each.text.join("\n").trim());
    return texts.length > 0 ? texts.join("\n\n") : undefined;
  };
  return {
    summary: text("") ?? "",
    params: all("param").map((param) => {
      const [, name = "", said = ""] = /^(\w*)\s*(?:- )?([^]*)$/.exec(param.text.join("\n").trim()) ?? [];
      return { name, text: said };
    }),
    returns: text("returns"),
    throws: text("throws"),
    examples: all("example").flatMap((example) => tsBlocks(example.text.join("\n"), example.line)),
  };
}
