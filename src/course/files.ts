import type { Dirent } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { byText, sorted } from "./sorted.ts";

/** A file's text, or undefined where there is no such file. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A folder's entries in the order of their names, without hidden ones; none where there is no such folder. */
export async function entries(folder: string): Promise<Dirent[]> {
  try {
    const all = await readdir(folder, { withFileTypes: true });
    const visible = all.filter((entry) => !entry.name.startsWith("."));
    return sorted(visible, (a, b) => byText(a.name, b.name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR";
}
