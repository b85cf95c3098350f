import type { ESTree } from "vite";
import type { Doc } from "./doc-comment.ts";
import { docBefore, meant, type PublicSymbol } from "./symbols.ts";
import type { Source } from "./source.ts";

/** A part of a class or an object that users can name. */
export interface Member {
  readonly name: string;
  readonly signatures: readonly string[];
  readonly doc: Doc | undefined;
}

/** The declarations of a symbol as users see them: without bodies, private parts and default values. */
export function signaturesOf(symbol: PublicSymbol): string[] {
  const { name, source, declarations, doc } = symbol;
  const [declaration] = declarations;
  if (declaration.type === "FunctionDeclaration" || declaration.type === "TSDeclareFunction") {
    const calls = declarations.map((each) => callSignature(source, each as ESTree.Function, doc));
    return calls.map((call) => `function ${name}${call}`);
  }
  if (declaration.type === "ClassDeclaration") {
    return [block(`class ${name}${heritage(source, declaration)}`, membersOf(symbol))];
  }
  if (declaration.type === "VariableDeclaration") {
    const { id, init } = declaratorOf(declaration, name);
    const isObject = id.typeAnnotation?.typeAnnotation.type === "TSTypeLiteral";
    if (isObject) return [block(`const ${name}:`, membersOf(symbol))];
    return [`const ${name}${text(source, id.typeAnnotation) || `: ${literalType(source, init, true)}`};`];
  }
  return [text(source, declaration)];
}

function heritage(source: Source, declaration: ESTree.Class): string {
  const { typeParameters, superClass, superTypeArguments, implements: interfaces } = declaration;
  const extended = superClass
    ? ` extends ${text(source, superClass)}${text(source, superTypeArguments)}`
    : "";
  const implemented = interfaces?.map((each) => text(source, each)).join(", ");
  return `${text(source, typeParameters)}${extended}${implemented ? ` implements ${implemented}` : ""}`;
}

/** The members that a symbol's signature shows. */
export function membersOf({ name, source, declarations: [declaration] }: PublicSymbol): Member[] {
  if (declaration.type === "ClassDeclaration") return classMembers(source, declaration.body.body);
  if (declaration.type === "TSInterfaceDeclaration") return typeMembers(source, declaration.body.body);
  if (declaration.type !== "VariableDeclaration") return [];
  const type = declaratorOf(declaration, name).id.typeAnnotation?.typeAnnotation;
  return type?.type === "TSTypeLiteral" ? typeMembers(source, type.members) : [];
}

/** What overrides a member is left out, as known from the class that is extended. */
function classMembers(source: Source, elements: readonly ESTree.ClassElement[]): Member[] {
  const members = new Map<string, { signatures: string[]; doc: Doc | undefined }>();
  for (const element of elements) {
    if (!("key" in element) || element.override) continue;
    const { key } = element;
    if (key.type === "PrivateIdentifier" || element.accessibility === "private") continue;
    const name = element.computed ? `[${text(source, key)}]` : text(source, key);
    const doc = docBefore(source, element);
    const member = members.get(name) ?? { signatures: [], doc };
    const fixed = element.static ? "static " : "";
    if ("kind" in element) {
      const isImplementation = element.value.type === "FunctionExpression";
      if (isImplementation && member.signatures.length > 0) continue;
      // The package makes what has an undocumented constructor, and the language reads getters such as Symbol.toStringTag.
      if (
        doc === undefined &&
        (element.kind === "constructor" || (element.kind === "get" && element.computed))
      )
        continue;
      const get = element.kind === "get" ? "get " : "";
      member.signatures.push(`${fixed}${get}${name}${callSignature(source, element.value, doc)}`);
    } else {
      const { readonly, typeAnnotation, value } = element;
      const type = text(source, typeAnnotation) || `: ${literalType(source, value, readonly)}`;
      member.signatures.push(`${fixed}${readonly ? "readonly " : ""}${name}${type};`);
    }
    members.set(name, member);
  }
  return Array.from(members, ([name, member]) => ({ name, ...member }));
}

function typeMembers(source: Source, signatures: readonly ESTree.TSSignature[]): Member[] {
  return signatures.flatMap((signature) => {
    if (signature.type !== "TSPropertySignature" && signature.type !== "TSMethodSignature") return [];
    const name = text(source, signature.key);
    const type = "typeAnnotation" in signature ? signature.typeAnnotation?.typeAnnotation : undefined;
    // `typeof f`: what f is called with says more than its name.
    const target =
      type?.type === "TSTypeQuery" && type.exprName.type === "Identifier"
        ? meant(source, type.exprName.name)
        : undefined;
    const own = docBefore(source, signature);
    if (target) {
      const calls = signaturesOf(target).map((each) => each.replace(/^function \w+/, name));
      return [{ name, signatures: calls, doc: own ?? target.doc }];
    }
    return [{ name, signatures: [`${text(source, signature).replace(/;$/, "")};`], doc: own }];
  });
}

function declaratorOf({ declarations }: ESTree.VariableDeclaration, name: string): ESTree.VariableDeclarator {
  const found = declarations.find(({ id }) => id.type === "Identifier" && id.name === name);
  if (found === undefined) throw new Error(`no declaration of ${name} found`);
  return found;
}

/** `<T>(task: Task<T>, options?: Options): Promise<T>;` */
function callSignature(
  source: Source,
  { typeParameters, params, returnType }: ESTree.Function,
  doc: Doc | undefined,
): string {
  const list = params.map((param, index) => parameter(source, param, doc?.params[index]?.name));
  return `${text(source, typeParameters)}(${list.join(", ")})${text(source, returnType)};`;
}

/** One that is taken apart in place goes by the name that its doc comment gives it. */
function parameter(source: Source, param: ESTree.ParamPattern, documented = "options"): string {
  if (param.type === "TSParameterProperty") return text(source, param);
  if (param.type === "RestElement")
    return `...${parameter(source, param.argument, documented)}${text(source, param.typeAnnotation)}`;
  const [target, standard] =
    param.type === "AssignmentPattern" ? [param.left, param.right] : [param, undefined];
  const name = target.type === "Identifier" ? target.name : documented;
  const type = text(source, target.typeAnnotation) || (standard ? `: ${literalType(source, standard)}` : "");
  const isOptional = standard !== undefined || ("optional" in target && target.optional);
  return `${name}${isOptional ? "?" : ""}${type}`;
}

/** The type of what is given by a literal: that one if it cannot change, any of its kind otherwise. */
function literalType(source: Source, value: ESTree.Expression | null, isFixed = false): string {
  if (value?.type !== "Literal") {
    throw new Error(`${source.file}: a public name has no type, but the value "${text(source, value)}"`);
  }
  return isFixed ? text(source, value) : typeof value.value;
}

function block(head: string, members: readonly Member[]): string {
  return [
    `${head} {`,
    ...members.flatMap(({ signatures }) => signatures.map((each) => `  ${each}`)),
    "}",
  ].join("\n");
}

function text(
  source: Source,
  node: { readonly start: number; readonly end: number } | null | undefined,
): string {
  return node ? source.text.slice(node.start, node.end) : "";
}
