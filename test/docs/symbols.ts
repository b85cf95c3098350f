import path from "node:path";
import type { ESTree } from "vite";
import type { Doc } from "../../src/course/reference/doc-comment.ts";
import {
  docBefore,
  publicSymbols as symbolsOf,
  type PublicSymbol,
} from "../../src/course/reference/symbols.ts";
import { entries, type Entry } from "../package/dist.ts";
import { readSource } from "../package/source.ts";

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

/** What an entry point exports. */
export function publicSymbols(entry: Entry): PublicSymbol[] {
  return symbolsOf(readSource, path.posix.normalize(entry["@yieldpoint/source"]));
}

/** What all entry points export. */
export function allSymbols(): PublicSymbol[] {
  return entries.flatMap(publicSymbols);
}

export function callables({ name, file, doc, source, declarations }: PublicSymbol): Callable[] {
  const [declaration] = declarations;
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

export function options({ name, file, source, declarations: [declaration] }: PublicSymbol): Option[] {
  if (declaration.type !== "TSInterfaceDeclaration" || !name.endsWith("Options")) return [];
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
