import * as path from "node:path";
import { readText } from "../files.ts";
import { byText, sorted } from "../sorted.ts";
import type { Doc } from "./doc-comment.ts";
import type { Description, ReferencePage, ReferenceSymbol } from "./model.ts";
import { membersOf, signaturesOf } from "./signature.ts";
import { sourcesOf } from "./source.ts";
import { meant, publicSymbols, type PublicSymbol } from "./symbols.ts";

/** Reads what the package in `root` exports, in the order of its entry points and, within one, of the names of their topics. */
export async function loadReference(root: string): Promise<ReferencePage[]> {
  const read = sourcesOf(root);
  const all = (await entriesOf(root)).map((entry) => ({
    ...entry,
    symbols: publicSymbols(read, entry.source),
  }));
  const exported = new Map(
    all.flatMap(({ symbols }) => symbols.map((symbol) => [keyOf(symbol), symbol.name] as const)),
  );
  return all.flatMap(({ name, source, symbols }) => {
    const pages = new Map<string, PublicSymbol[]>();
    for (const symbol of symbols) {
      const id = topicOf(symbol.file) ?? path.posix.basename(path.posix.dirname(source));
      pages.set(id, [...(pages.get(id) ?? []), symbol]);
    }
    return sorted([...pages], ([a], [b]) => byText(a, b)).map(([id, members]) => ({
      id,
      title: id.charAt(0).toUpperCase() + id.slice(1),
      entry: name,
      symbols: inOrder(members).map((symbol) => describeSymbol(symbol, exported)),
    }));
  });
}

/** The entry points that `package.json` exports. */
async function entriesOf(root: string): Promise<{ readonly name: string; readonly source: string }[]> {
  const manifest: Manifest = JSON.parse((await readText(path.join(root, "package.json"))) ?? "{}");
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
    const source = typeof target === "object" ? target["@yieldpoint/source"] : undefined;
    const name = path.posix.join(manifest.name ?? "", subpath);
    return source === undefined ? [] : [{ name, source: path.posix.normalize(source) }];
  });
}

interface Manifest {
  readonly name?: string;
  readonly exports?: Readonly<Record<string, string | { readonly "@yieldpoint/source"?: string }>>;
}

/** `src/patterns/<topic>/<pattern>.ts` */
function topicOf(file: string): string | undefined {
  return /^src\/patterns\/([^/]+)\//.exec(file)?.[1];
}

/** By file, and in each what can be called before the types that it takes and gives. */
function inOrder(symbols: readonly PublicSymbol[]): PublicSymbol[] {
  return sorted(
    symbols,
    (a, b) =>
      byText(stem(a.file), stem(b.file)) || Number(b.isValue) - Number(a.isValue) || byText(a.name, b.name),
  );
}

/** So that `gather.ts` comes before `gather-settled.ts`. */
function stem(file: string): string {
  return file.replace(/\.ts$/, "");
}

/** Where a symbol is declared: it may be exported from several entry points, or under another name. */
function keyOf({ file, declarations: [{ start }] }: PublicSymbol): string {
  return `${file}:${start}`;
}

function describeSymbol(symbol: PublicSymbol, exported: ReadonlyMap<string, string>): ReferenceSymbol {
  const signatures = signaturesOf(symbol);
  return {
    ...describe(symbol.name, signatures, symbol.doc),
    kind: kindOf(symbol),
    file: symbol.file,
    members: membersOf(symbol).map(({ name, signatures: each, doc }) => describe(name, each, doc)),
    ...typesNamed(symbol, signatures, exported),
  };
}

function kindOf({ declarations: [{ type }] }: PublicSymbol): ReferenceSymbol["kind"] {
  if (type === "FunctionDeclaration" || type === "TSDeclareFunction") return "function";
  if (type === "ClassDeclaration") return "class";
  return type === "VariableDeclaration" ? "constant" : "type";
}

function describe(name: string, signatures: readonly string[], doc: Doc | undefined): Description {
  const [summary = "", ...details] = paragraphs(doc?.summary ?? "");
  return {
    name,
    signatures,
    summary,
    details: details.join("\n\n"),
    params: (doc?.params ?? []).map((param) => ({ name: param.name, text: flowed(param.text) })),
    returns: flowed(doc?.returns ?? ""),
    throws: flowed(doc?.throws ?? ""),
    examples: (doc?.examples ?? []).map(({ code }) => code),
  };
}

function flowed(text: string): string {
  return paragraphs(text).join("\n\n");
}

/** Each in one line, since a comment is broken where its own lines end; a list or a block of code stays as it is. */
function paragraphs(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .map((each) => (/^\s*(?:[-*|]|\d+\.|```)/m.test(each) ? each : each.trim().replaceAll(/\s*\n\s*/g, " ")))
    .map((each) => each.replaceAll(/\{@link (\w+)\}/g, "`$1`"))
    .filter((each) => each !== "");
}

/** The package's own types that are named in a signature, and in the internal ones that come to light this way. */
function typesNamed(
  { source, name, file }: PublicSymbol,
  signatures: readonly string[],
  exported: ReadonlyMap<string, string>,
): Pick<ReferenceSymbol, "types" | "internalTypes"> {
  const types = new Set<string>();
  const internal = new Map<string, string>();
  const look = (text: string, from: PublicSymbol["source"]): void => {
    for (const [named] of withoutComments(text).matchAll(/\b[A-Z]\w*/g)) {
      const type = meant(from, named);
      const key = type && keyOf(type);
      if (!type || key === undefined || (type.name === name && type.file === file)) continue;
      const known = exported.get(key);
      if (known !== undefined) types.add(known);
      else if (!internal.has(key)) {
        const declaration = withoutComments(signaturesOf(type).join("\n"));
        internal.set(key, declaration);
        look(declaration, type.source);
      }
    }
  };
  for (const signature of signatures) look(signature, source);
  return { types: sorted(types, byText), internalTypes: [...internal.values()] };
}

function withoutComments(code: string): string {
  return code.replaceAll(/^\s*\/\*\*[^]*?\*\/\n/gm, "").replaceAll(/^\s*\/\/.*\n/gm, "");
}
