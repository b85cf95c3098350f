/**
 * The API reference as data: what the package exports, as its doc comments describe it. Everything is plain, so it can be sent as
 * JSON; all texts are Markdown.
 */

/** What is described together: a topic of the patterns, or an entry point of its own. */
export interface ReferencePage {
  /** `combine`, `testing` */
  readonly id: string;
  readonly title: string;
  /** What its symbols are imported from: `yieldpoint/testing`. */
  readonly entry: string;
  readonly symbols: readonly ReferenceSymbol[];
}

/** What a doc comment says of something, under its name. A text is empty where the comment says nothing. */
export interface Description {
  readonly name: string;
  /** As TypeScript: one for each overload; a type is given as it is declared, with its comments. */
  readonly signatures: readonly string[];
  /** The first paragraph. */
  readonly summary: string;
  /** The other paragraphs. */
  readonly details: string;
  readonly params: readonly { readonly name: string; readonly text: string }[];
  readonly returns: string;
  readonly throws: string;
  readonly examples: readonly string[];
}

/** An exported name. */
export interface ReferenceSymbol extends Description {
  readonly kind: "function" | "class" | "constant" | "type";
  /** Where it is declared, from the root. */
  readonly file: string;
  /** Of a class, a constant that holds functions, or an interface. */
  readonly members: readonly Description[];
  /** The exported types that its signatures name, in the order of their names. */
  readonly types: readonly string[];
  /** The types that they name and that are not exported, as they are declared. */
  readonly internalTypes: readonly string[];
}
