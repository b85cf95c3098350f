import { readdirSync } from "node:fs";
import path from "node:path";

/** The patterns of one folder, and which of its files are mutated. */
export interface Row {
  readonly name: string;
  /** Relative to the root, with forward slashes. */
  readonly files: readonly string[];
}

/**
 * What is to be mutated: all rows, or those that are named, or that hold the files that are named.
 *
 * @throws Error for what is neither a row nor a file of one
 */
export function select(root: string, names: readonly string[]): Row[] {
  const folder = path.join(root, "src", "patterns");
  const rows = readdirSync(folder).map((name) => ({
    name,
    files: readdirSync(path.join(folder, name)).map((file) => `src/patterns/${name}/${file}`),
  }));
  if (names.length === 0) return rows;
  const asked = new Map<string, Set<string>>();
  for (const name of names) {
    const file = path.relative(root, path.resolve(root, name)).replaceAll("\\", "/");
    const row = rows.find((each) => each.name === name || each.files.includes(file));
    if (!row) {
      const known = rows.map((each) => each.name).join(", ");
      throw new Error(`mutate: ${name} is neither a row (${known}) nor a file of one`);
    }
    const files = asked.get(row.name) ?? new Set();
    for (const each of row.name === name ? row.files : [file]) files.add(each);
    asked.set(row.name, files);
  }
  return [...asked].map(([name, files]) => ({ name, files: [...files] }));
}
