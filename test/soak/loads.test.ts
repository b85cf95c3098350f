import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import * as library from "yieldpoint";
import * as node from "yieldpoint/node";
import { groups, loads } from "./loads/index.ts";

const folder = path.join(import.meta.dirname, "loads");

/** The names that a file imports from the package; the linter sees to it that each is used. */
function importedNames(text: string): string[] {
  const imports = text.matchAll(/^import \{([^}]*)\} from "yieldpoint(?:\/node)?";/gm);
  return [...imports].flatMap(([, names = ""]) => names.split(",").map((name) => name.trim()));
}

test("every pattern that the package exports is under load", () => {
  const used = readdirSync(folder).flatMap((file) =>
    importedNames(readFileSync(path.join(folder, file), "utf8")),
  );
  // Errors are what calls end with, and no load of their own.
  const patterns = Object.keys({ ...library, ...node }).filter((name) => !name.endsWith("Error"));
  expect(patterns.filter((name) => !used.includes(name))).toEqual([]);
});

test("no load hides another by its name", () => {
  expect(Object.keys(loads)).toEqual(groups.flatMap((group) => Object.keys(group)));
});
