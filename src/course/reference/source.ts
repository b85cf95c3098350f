import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parseSync, type ParseResult } from "vite";

/** A source file, parsed. */
export interface Source {
  /** Its path from the root, with forward slashes. */
  readonly file: string;
  readonly text: string;
  readonly program: ParseResult["program"];
  readonly module: ParseResult["module"];
  /** Reads another file of the same root. */
  readonly read: ReadSource;
}

/** Gives the source file of a path from the root. */
export type ReadSource = (file: string) => Source;

/** Reads and parses the files below a root, each of them once. */
export function sourcesOf(root: string): ReadSource {
  const parsed = new Map<string, Source>();
  const read: ReadSource = (file) => {
    let source = parsed.get(file);
    if (source === undefined) {
      const text = readFileSync(path.join(root, file), "utf8");
      const { program, module, errors } = parseSync(file, text);
      if (errors[0]) throw new Error(`${file} does not parse: ${errors[0].message}`);
      parsed.set(file, (source = { file, text, program, module, read }));
    }
    return source;
  };
  return read;
}

/** What a file imports or re-exports, types included, as written; dynamic imports of a literal, too. */
export function importsOf({ module, text }: Source): string[] {
  return [
    ...module.staticImports.map((each) => each.moduleRequest.value),
    ...module.staticExports.flatMap((each) =>
      each.entries.flatMap((entry) => entry.moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
      return /^["'`]([^"'`$]+)["'`]$/.exec(text.slice(start, end))?.[1] ?? [];
    }),
  ];
}

/** Where a relative import leads, as a path from the root. */
export function resolveImport({ file }: Pick<Source, "file">, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier);
}
