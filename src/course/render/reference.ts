import type { Description, ReferencePage, ReferenceSymbol } from "../reference/model.ts";
import { table } from "./tables.ts";

/** A file that is generated as a whole. */
export interface GeneratedFile {
  /** Its path from the root, with forward slashes. */
  readonly file: string;
  /** Markdown, not formatted yet. */
  readonly text: string;
}

/** Where the pages are, and nothing else. */
export const referenceFolder = "book/reference";

const notice =
  "<!-- Generated from the doc comments in src/: edit those, then `npm run yieldpoint -- sync`. -->";

/** The API reference as Markdown: a page for each topic, and one that lists them all. */
export function referenceFiles(pages: readonly ReferencePage[]): GeneratedFile[] {
  if (pages.length === 0) return [];
  const anchors = new Map(pages.map((page) => [page, anchorsOf(page)]));
  return [
    { file: `${referenceFolder}.md`, text: listOf(pages, anchors) },
    ...pages.map((page) => ({ file: `${referenceFolder}/${page.id}.md`, text: textOf(page, anchors) })),
  ];
}

/** For each page, the heading of each symbol as the end of an address. */
type Anchors = ReadonlyMap<ReferencePage, ReadonlyMap<string, string>>;

/** As GitHub makes them: in lower case, and numbered where a page has one twice (`backoff` and `Backoff`). */
function anchorsOf(page: ReferencePage): Map<string, string> {
  const taken = new Map<string, number>();
  const take = (heading: string): string => {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-");
    const before = taken.get(anchor) ?? 0;
    taken.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  };
  take(page.title);
  return new Map(
    page.symbols.map((symbol) => {
      const own = take(symbol.name);
      for (const member of sections(symbol)) take(headingOf(symbol, member));
      return [symbol.name, own];
    }),
  );
}

function listOf(pages: readonly ReferencePage[], anchors: Anchors): string {
  const parts = [
    "# Reference",
    notice,
    "What can be imported. The types stand beside the functions and classes that take and give them.",
  ];
  let entry = "";
  for (const page of pages) {
    if (page.entry !== entry) parts.push(`## ${page.entry}`);
    entry = page.entry;
    const file = `${referenceFolder.replace(/^.*\//, "")}/${page.id}.md`;
    const values = page.symbols.filter(({ kind }) => kind !== "type");
    const rows = values.map(({ name, summary }) => [
      `[\`${name}\`](${file}#${anchors.get(page)?.get(name)})`,
      firstSentence(summary),
    ]);
    parts.push(`### [${page.title}](${file})`, table(["Name", "What it is"], rows));
  }
  return parts.join("\n\n");
}

function textOf(page: ReferencePage, anchors: Anchors): string {
  const parts = [
    `# ${page.title}`,
    notice,
    `Imported from \`${page.entry}\`. [The whole list](../reference.md)`,
  ];
  for (const symbol of page.symbols) {
    const { name, summary, signatures, internalTypes, types } = symbol;
    const internal = internalTypes.map((type) => `\n// Not exported:\n${type}`);
    parts.push(`## ${name}`, summary, fence([...signatures, ...internal].join("\n"), "signature"));
    if (types.length > 0) parts.push(`Types: ${types.map((type) => link(type, page, anchors)).join(", ")}`);
    parts.push(...facts(symbol), shortMembers(symbol), ...examples(symbol), ...longMembers(symbol));
  }
  return parts.filter((part) => part !== "").join("\n\n");
}

function link(name: string, from: ReferencePage, anchors: Anchors): string {
  const [page, found] = [...anchors].find(([, names]) => names.has(name)) ?? [];
  const own = anchors.get(from)?.get(name);
  return `[\`${name}\`](${own === undefined ? `${page?.id}.md#${found?.get(name)}` : `#${own}`})`;
}

function facts({ signatures, details, params, returns, throws }: Description): string[] {
  const isPromise = signatures.some((signature) => /\): Promise</.test(signature));
  return [
    details,
    params.map(({ name, text }) => `- \`${name}\`: ${text.replaceAll("\n", "\n  ")}`).join("\n"),
    returns && `**${isPromise ? "Resolves with" : "Returns"}** ${returns}`,
    throws && `**${isPromise ? "Rejects with" : "Throws"}** ${throws}`,
  ].filter((part) => part !== "");
}

function examples(description: Description): string[] {
  return description.examples.map((code) => fence(code));
}

/** Those members of a class of which one line says all. */
function shortMembers(symbol: ReferenceSymbol): string {
  const long = sections(symbol);
  return documented(symbol)
    .filter((member) => !long.includes(member))
    .map(({ name, signatures, summary }) => `- \`${name}${isCalled(signatures) ? "()" : ""}\`: ${summary}`)
    .join("\n");
}

function longMembers(symbol: ReferenceSymbol): string[] {
  return sections(symbol).flatMap((member) => [
    `### ${headingOf(symbol, member)}`,
    member.summary,
    fence(member.signatures.join("\n"), "signature"),
    ...facts(member),
    ...examples(member),
  ]);
}

function sections(symbol: ReferenceSymbol): Description[] {
  return documented(symbol).filter((member) => facts(member).length + member.examples.length > 0);
}

/** A type shows its members' comments as it is declared. */
function documented({ kind, members }: ReferenceSymbol): Description[] {
  return kind === "type" ? [] : members.filter((member) => member.summary !== "" || facts(member).length > 0);
}

function headingOf(symbol: ReferenceSymbol, { name }: Description): string {
  return name === "constructor" ? `new ${symbol.name}` : `${symbol.name}.${name}`;
}

function isCalled(signatures: readonly string[]): boolean {
  return signatures.some((signature) => signature.includes("(") && !signature.startsWith("get "));
}

function firstSentence(text: string): string {
  return /^[^]*?[.](?=\s|$)/.exec(text)?.[0] ?? text;
}

/** What is fenced as a signature is no example. */
function fence(code: string, kind = ""): string {
  return ["```" + `ts ${kind}`.trim(), code, "```"].join("\n");
}
