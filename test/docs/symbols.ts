import type { ESTree } from "vite";
import { importsOf, readSource, resolveImport, type Source } from "../package/source.ts";
import { parseDoc, type Doc } from "./doc-comment.ts";

/** A name that an entry point exports, with what is written where it is declared. */
export interface PublicSymbol {
  readonly name: string;
  readonly file: string;
  /** Whether it exists at run time. */
  readonly isValue: boolean;
  readonly doc: Doc | undefined;
  readonly declaration: ESTree.Node;
}

/** A function that users call: an exported function, or a public method or constructor of an exported class. */
export interface Callable {
  readonly name: string;
  readonly file: string;
  readonly doc: Doc | undefined;
  /** The parameters' names; undefined for one that is taken apart in place. */
  readonly params: readonly (string | undefined)[];
  /** Present for a function that gives a promise: whether a value comes with it. */
  readonly promise: { readonly hasValue: boolean } | undefined;
}

/** An option of an exported `…Options` interface. */
export interface Option {
  readonly name: string;
  readonly file: string;
  readonly doc: Doc | undefined;
}

export function publicSymbols(entry: string): PublicSymbol[] {
  const source = readSource(entry);
  return source.module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName, importName, localName, moduleRequest, isType }) => {
      if (exportName.name === null) {
        return moduleRequest ? publicSymbols(resolveImport(source, moduleRequest.value)) : [];
      }
      const local = importName.name ?? localName.name ?? exportName.name;
      const symbol = moduleRequest
        ? find(readSource(resolveImport(source, moduleRequest.value)), local)
        : find(source, local);
      return [{ ...symbol, name: exportName.name, isValue: symbol.isValue && !isType }];
    }),
  );
}

/** Finds a declaration; where a file only passes the name on, in the file that it comes from. */
function find(source: Source, name: string): PublicSymbol {
  for (const statement of source.program.body) {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (!declaration || !declares(declaration, name)) continue;
    const isValue = !/^TS(Interface|TypeAlias)Declaration$/.test(declaration.type);
    return { name, file: source.file, isValue, doc: docBefore(source, statement), declaration };
  }
  for (const specifier of importsOf(source).filter((each) => each.startsWith("."))) {
    const passed = publicSymbols(resolveImport(source, specifier)).find((each) => each.name === name);
    if (passed) return passed;
  }
  throw new Error(`${source.file}: no declaration of ${name} found`);
}

function declares(node: ESTree.Node, name: string): boolean {
  if (node.type === "VariableDeclaration") {
    return node.declarations.some(({ id }) => id.type === "Identifier" && id.name === name);
  }
  return "id" in node && node.id?.type === "Identifier" && node.id.name === name;
}

/** The doc comment right before a node. */
function docBefore({ text }: Source, { start }: { readonly start: number }): Doc | undefined {
  const before = text.slice(0, start).trimEnd();
  const open = before.lastIndexOf("/**");
  return open >= 0 && before.endsWith("*/") && before.indexOf("*/", open) === before.length - 2
    ? parseDoc(before.slice(open), text.slice(0, open).split("\n").length)
    : undefined;
}

export function callables({ name, file, doc, declaration }: PublicSymbol): Callable[] {
  const source = readSource(file);
  if (declaration.type === "FunctionDeclaration" || declaration.type === "TSDeclareFunction") {
    return [{ name, file, doc, ...signature(declaration) }];
  }
  if (declaration.type !== "ClassDeclaration") return [];
  const isError =
    declaration.superClass?.type === "Identifier" && declaration.superClass.name.endsWith("Error");
  return declaration.body.body.flatMap((member) => {
    if (member.type !== "MethodDefinition" || member.key.type !== "Identifier" || member.computed) return [];
    if (member.accessibility === "private" || member.kind === "get") return [];
    const memberDoc = docBefore(source, member);
    // The package makes most errors itself. One that users make has a documented constructor, which is held to the rules.
    if (member.kind === "constructor" && isError && memberDoc === undefined) return [];
    return [{ name: `${name}.${member.key.name}`, file, doc: memberDoc, ...signature(member.value) }];
  });
}

export function options({ name, file, declaration }: PublicSymbol): Option[] {
  if (declaration.type !== "TSInterfaceDeclaration" || !name.endsWith("Options")) return [];
  const source = readSource(file);
  return declaration.body.body.flatMap((member) =>
    member.type === "TSPropertySignature" && member.key.type === "Identifier"
      ? [{ name: `${name}.${member.key.name}`, file, doc: docBefore(source, member) }]
      : [],
  );
}

function signature({ params, returnType }: ESTree.Function): Pick<Callable, "params" | "promise"> {
  const type = returnType?.typeAnnotation;
  const isPromise =
    type?.type === "TSTypeReference" &&
    type.typeName.type === "Identifier" &&
    type.typeName.name === "Promise";
  const value = isPromise ? type.typeArguments?.params[0]?.type : undefined;
  return {
    params: params.map((param) => {
      const target =
        param.type === "AssignmentPattern"
          ? param.left
          : param.type === "RestElement"
            ? param.argument
            : param;
      return target.type === "Identifier" ? target.name : undefined;
    }),
    promise: isPromise ? { hasValue: value !== "TSVoidKeyword" && value !== "TSNeverKeyword" } : undefined,
  };
}
