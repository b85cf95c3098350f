import * as path from "node:path";
import { parseSync } from "vite";

/** An answer that cannot be loaded; the message is written for the learner, and says the place itself. */
export class LoadError extends Error {
  override readonly name = "LoadError";
  override readonly stack = `LoadError: ${this.message}`;
}

export interface NamedImport {
  readonly source: string;
  readonly line: number;
  /** The values that are taken from it by name. */
  readonly names: readonly string[];
}

/** What a module imports as values; throws a `LoadError` that says where the text does not parse. */
export function readImports(file: string, code: string): NamedImport[] {
  const { errors, module } = parseSync(file, code);
  const lineAt = (offset: number): number => code.slice(0, offset).split("\n").length;
  const fault = errors[0];
  if (fault !== undefined) {
    const start = fault.labels[0]?.start;
    const at = start === undefined ? "" : `:${lineAt(start)}`;
    throw new LoadError(`${path.basename(file)}${at} does not parse: ${fault.message}`);
  }
  const imports = module.staticImports.map((entry) => ({
    source: entry.moduleRequest.value,
    line: lineAt(entry.start),
    names: entry.entries.filter((name) => !name.isType).flatMap((name) => nameOf(name.importName)),
  }));
  const reexports = module.staticExports.flatMap((statement) =>
    statement.entries.flatMap((entry) =>
      entry.moduleRequest === null || entry.isType
        ? []
        : [
            {
              source: entry.moduleRequest.value,
              line: lineAt(statement.start),
              names: nameOf(entry.importName),
            },
          ],
    ),
  );
  return [...imports, ...reexports];
}

function nameOf(imported: { readonly kind: string; readonly name: string | null }): string[] {
  if (imported.kind === "Default") return ["default"];
  return imported.kind === "Name" && imported.name !== null ? [imported.name] : [];
}

/** One import whose names are looked for before the importing module runs. */
export interface ImportCheck {
  readonly source: string;
  readonly names: readonly string[];
  /** The sentence for a name that is missing, with % in its place. */
  readonly blame: string;
}

/**
 * The text of a module that throws where an import names what is not there. Vitest's module runner hands out
 * `undefined` instead, which fails much later and says nothing of the cause.
 */
export function checkModule(checks: readonly ImportCheck[]): string {
  const imports = checks.map(({ source }, index) => `import * as m${index} from ${JSON.stringify(source)};`);
  const rows = checks.map(
    ({ names, blame }, index) => `[m${index}, ${JSON.stringify(names)}, ${JSON.stringify(blame)}]`,
  );
  return `${imports.join("\n")}
for (const [module, names, blame] of [${rows.join(", ")}]) {
  for (const name of names) {
    if (name in module) continue;
    const message = blame.replace("%", name);
    throw Object.assign(new Error(message), { name: "LoadError", stack: "LoadError: " + message });
  }
}
`;
}
