import { pathToFileURL } from "node:url";
import { main } from "./bundle.ts";

/** What the built main entry point exports. */
export async function builtExports(): Promise<string[]> {
  return Object.keys((await import(pathToFileURL(main).href)) as object);
}

/** The results of a smoke in which every export did what it should. */
export function passed(exported: readonly string[]): Record<string, string> {
  return Object.fromEntries(exported.map((name) => [name, "passed"]));
}
