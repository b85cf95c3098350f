import { parse } from "yaml";

export interface FrontMatter {
  readonly data: Readonly<Record<string, unknown>>;
  /** The Markdown below the front matter. */
  readonly body: string;
  /** Why `data` is empty, where it should not be. */
  readonly fault?: string;
}

const fenced = /^---[ \t]*\n(?<yaml>|[\s\S]*?\n)---[ \t]*(?:\n(?<body>[\s\S]*))?$/;

/** Splits a README into its YAML front matter and the Markdown below. Never throws. */
export function readFrontMatter(text: string): FrontMatter {
  const source = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const match = fenced.exec(source)?.groups;
  if (match === undefined) {
    return { data: {}, body: source, fault: "has no front matter: begin it with a `---` block" };
  }
  const body = match["body"] ?? "";
  try {
    const data: unknown = parse(match["yaml"] ?? "");
    if (isRecord(data)) return { data, body };
    return { data: {}, body, fault: "has front matter that is no list of `key: value` lines" };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return { data: {}, body, fault: `has front matter that is not valid YAML: ${reason}` };
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
