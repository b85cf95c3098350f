import { readdirSync } from "node:fs";
import path from "node:path";
import { sourcesOf } from "../../src/course/reference/source.ts";
import { root } from "./dist.ts";

export { importsOf, resolveImport } from "../../src/course/reference/source.ts";

export const readSource = sourcesOf(root);

/** The TypeScript files under a folder, as paths from the root. */
export function sourcesUnder(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.posix.join(folder, file.replaceAll("\\", "/")));
}
