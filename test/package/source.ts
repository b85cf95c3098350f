import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync, type ParseResult } from "vite";
import { root } from "./dist.ts";

/** A source file, parsed. */
export interface Source {
  /** Its path from the root, with forward slashes. */
  readonly file: string;
  readonly text: string;
  readonly program: ParseResult["program"];
  readonly module: ParseResult["module"];
}

const parsed = new Map<string, Source>();

export function readSource(file: string): Source {
  let source = parsed.get(file);
  if (source === undefined) {
    const text = readFileSync(path.join(root, file), "utf8");
    const { program, module, errors } = parseSync(file, text);
    if (errors[0]) throw new Error(`${file} does not parse: ${errors[0].message}`);
    parsed.set(file, (source = { file, text, program, module }));
  }
  return source;
}

/** The TypeScript files under a folder, as paths from the root. */
export function sourcesUnder(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.posix.join(folder, file.replaceAll("\\", "/")));
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
