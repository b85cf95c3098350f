import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { readText } from "./files.ts";

/** Tells whether the package that stands in `root` exports a value of this name, from any of its entry points. */
export function packageExports(root: string): (name: string) => Promise<boolean> {
  let entryPoints: Promise<string[]> | undefined;
  const loaded = new Map<string, Promise<ReadonlySet<string>>>();
  return async (name) => {
    entryPoints ??= sources(root);
    for (const file of await entryPoints) {
      // One after the other: nearly every name stands in the first, and some entry points are slow to load.
      const names = loaded.get(file) ?? valuesOf(file);
      loaded.set(file, names);
      if ((await names).has(name)) return true;
    }
    return false;
  };
}

async function sources(root: string): Promise<string[]> {
  const manifest: unknown = JSON.parse((await readText(path.join(root, "package.json"))) ?? "{}");
  const exports: unknown = isRecord(manifest) ? manifest["exports"] : undefined;
  const targets = isRecord(exports) ? Object.values(exports) : [];
  const files = targets.map((target) => (isRecord(target) ? target["@yieldpoint/source"] : undefined));
  return files.filter((file) => typeof file === "string").map((file) => path.join(root, file));
}

async function valuesOf(file: string): Promise<ReadonlySet<string>> {
  const module: unknown = await import(pathToFileURL(file).href);
  return new Set(isRecord(module) ? Object.keys(module) : []);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
