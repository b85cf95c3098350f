import { type Found, nearest } from "../course/find.ts";

/** The command was called wrongly; the tool ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What a look-up found; else a UsageError that names the nearest or all that match. */
export function found<T extends { readonly id: string }>(kind: string, query: string, result: Found<T>): T {
  if (result.kind === "found") return result.item;
  if (result.kind === "ambiguous") {
    const ids = result.matches.map((match) => `  ${match.id}`).join("\n");
    throw new UsageError(`"${query}" is the name of more than one ${kind}:\n${ids}`);
  }
  const hint = result.nearest === undefined ? "There is none." : `Did you mean ${result.nearest}?`;
  throw new UsageError(`There is no ${kind} "${query}". ${hint}`);
}

/** A sentence for an unknown command or flag. */
export function unknownWord(kind: string, word: string, known: readonly string[]): UsageError {
  const near = nearest(known, word);
  return new UsageError(`Unknown ${kind} "${word}".${near === undefined ? "" : ` Did you mean ${near}?`}`);
}
