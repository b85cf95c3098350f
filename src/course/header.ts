const comment = /^\uFEFF?(?:#!.*\n)?\s*\/\*\*?(?<text>[\s\S]*?)\*\//;

/** The lines of the comment that a source file begins with, without their stars; undefined where it begins otherwise. */
export function headerLines(source: string): string[] | undefined {
  const text = comment.exec(source.replaceAll("\r\n", "\n"))?.groups?.["text"];
  if (text === undefined) return undefined;
  return text.split("\n").map((line) => line.replace(/^\s*\*? ?/, "").trimEnd());
}

/** The first paragraph on one line. */
export function firstParagraph(lines: readonly string[]): string {
  const start = lines.findIndex((line) => line.trim() !== "");
  if (start === -1) return "";
  const rest = lines.slice(start);
  const end = rest.findIndex((line) => line.trim() === "" || line.startsWith("@"));
  return (end === -1 ? rest : rest.slice(0, end)).join(" ").replaceAll(/\s+/g, " ").trim();
}

/** The first sentence, without its full stop. */
export function firstSentence(lines: readonly string[]): string {
  const text = firstParagraph(lines);
  const end = /[.?!](?=\s+[^a-z\s]|$)/.exec(text);
  return end === null ? text : text.slice(0, end.index + (end[0] === "." ? 0 : 1));
}

/** The text after `Name:` on the line that begins with it. */
export function field(lines: readonly string[], name: string): string | undefined {
  const line = lines.find((one) => one.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

/** The text of each `@name` line, with the lines that continue it. */
export function tags(lines: readonly string[], name: string): string[] {
  const found: string[] = [];
  let open = false;
  for (const line of lines) {
    const text = line.trim();
    if (text.startsWith("@")) {
      open = text === `@${name}` || text.startsWith(`@${name} `);
      if (open) found.push(text.slice(name.length + 1).trim());
    } else if (text === "") {
      open = false;
    } else if (open) {
      found.push(`${found.pop() ?? ""} ${text}`.trim());
    }
  }
  return found.filter((text) => text !== "");
}
