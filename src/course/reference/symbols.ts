import type { ESTree } from "vite";
import { parseDoc, type Doc } from "./doc-comment.ts";
import { importsOf, resolveImport, type ReadSource, type Source } from "./source.ts";

/** A name that an entry point exports, with what is written where it is declared. */
export interface PublicSymbol {
  readonly name: string;
  readonly file: string;
  /** Whether it exists at run time. */
  readonly isValue: boolean;
  readonly doc: Doc | undefined;
  readonly source: Source;
  /** More than one for a function with overloads, in the order of the file; its implementation is none of them. */
  readonly declarations: readonly [ESTree.Node, ...ESTree.Node[]];
}

/** What an entry point exports, in its order. */
export function publicSymbols(read: ReadSource, entry: string): PublicSymbol[] {
  const source = read(entry);
  const symbols = source.module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName, importName, localName, moduleRequest, isType }) => {
      if (exportName.name === null) {
        return moduleRequest ? publicSymbols(read, resolveImport(source, moduleRequest.value)) : [];
      }
      const local = importName.name ?? localName.name ?? exportName.name;
      const symbol = moduleRequest
        ? find(read(resolveImport(source, moduleRequest.value)), local)
        : find(source, local);
      return [{ ...symbol, name: exportName.name, isValue: symbol.isValue && !isType }];
    }),
  );
  // Each overload of a function is an export of its own.
  return [...new Map(symbols.map((symbol) => [symbol.name, symbol])).values()];
}

/** Finds a declaration; where a file only passes the name on, in the file that it comes from. */
function find(source: Source, name: string): PublicSymbol {
  const symbol = declared(source, name);
  if (symbol) return symbol;
  for (const specifier of importsOf(source).filter((each) => each.startsWith("."))) {
    const passed = publicSymbols(source.read, resolveImport(source, specifier)).find(
      (each) => each.name === name,
    );
    if (passed) return passed;
  }
  throw new Error(`${source.file}: no declaration of ${name} found`);
}

/** What a file means by a name: what it declares or imports under it; undefined for a name from elsewhere. */
export function meant(source: Source, name: string): PublicSymbol | undefined {
  const own = declared(source, name);
  if (own) return own;
  for (const { moduleRequest, entries } of source.module.staticImports) {
    const entry = entries.find(({ localName }) => localName.value === name);
    if (entry && moduleRequest.value.startsWith(".")) {
      return find(source.read(resolveImport(source, moduleRequest.value)), entry.importName.name ?? name);
    }
  }
  return undefined;
}

/** What a file itself declares under a name. */
function declared(source: Source, name: string): PublicSymbol | undefined {
  const found = source.program.body.flatMap((statement) => {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    return declaration && declares(declaration, name) ? [{ statement, declaration }] : [];
  });
  // A TSDeclareFunction is an overload.
  const overloads = found.filter(({ declaration }) => declaration.type === "TSDeclareFunction");
  const [first, ...more] = overloads.length > 0 ? overloads : found.slice(0, 1);
  if (first === undefined) return undefined;
  const isValue = !/^TS(Interface|TypeAlias)Declaration$/.test(first.declaration.type);
  const doc = docBefore(source, first.statement);
  const declarations = [first.declaration, ...more.map(({ declaration }) => declaration)] as const;
  return { name, file: source.file, isValue, doc, source, declarations };
}

function declares(node: ESTree.Node, name: string): boolean {
  if (node.type === "VariableDeclaration") {
    return node.declarations.some(({ id }) => id.type === "Identifier" && id.name === name);
  }
  return "id" in node && node.id?.type === "Identifier" && node.id.name === name;
}

/** The doc comment right before a node. */
export function docBefore({ text }: Source, { start }: { readonly start: number }): Doc | undefined {
  const before = text.slice(0, start).trimEnd();
  const open = before.lastIndexOf("/**");
  return open >= 0 && before.endsWith("*/") && before.indexOf("*/", open) === before.length - 2
    ? parseDoc(before.slice(open), text.slice(0, open).split("\n").length)
    : undefined;
}
