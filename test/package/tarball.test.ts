import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dist, entries, root } from "./dist.ts";
import { pack, remove, runNode, type Packed } from "./packed.ts";
import { importsOf, readSource } from "./source.ts";

let packed: Packed;

beforeAll(async () => {
  packed = await pack();
}, 60_000);

afterAll(() => remove(packed));

async function exportsOf(file: string): Promise<Set<string>> {
  const namespace: object = await import(pathToFileURL(path.join(root, file)).href);
  return new Set(Object.keys(namespace));
}

describe("the packed package", () => {
  test("holds code and declarations in dist, and beside it the four files that describe it", () => {
    const inDist = packed.files.filter((file) => file.startsWith("dist/"));
    expect(inDist.filter((file) => !/\.(js|d\.ts)$/.test(file))).toEqual([]);
    const texts = ["CHANGELOG.md", "LICENSE", "README.md"].filter((file) =>
      existsSync(path.join(root, file)),
    );
    const beside = packed.files.filter((file) => !file.startsWith("dist/"));
    expect(new Set(beside)).toEqual(new Set([...texts, "package.json"]));
  });

  test("holds every file that its exports name", () => {
    // `@yieldpoint/source` leads into src, for the clone only: no tool sets a condition of that name by itself.
    const named = entries.flatMap((entry) => [entry.types, entry.default]);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((file) => !packed.files.includes(path.posix.normalize(file)))).toEqual([]);
  });

  test("has one file of code for each entry point", () => {
    const code = packed.files.filter((file) => file.endsWith(".js"));
    expect(new Set(code)).toEqual(new Set(entries.map((entry) => path.posix.normalize(entry.default))));
  });

  test("loads nothing besides the main entry point's one file", () => {
    const [main] = entries;
    expect(importsOf(readSource(path.posix.normalize(main?.default ?? "")))).toEqual([]);
  });

  test("has no pattern in two files, where its classes and its shared state would exist twice", () => {
    // The messages for bad arguments, and calls back, are made by functions without a state, which may.
    const shared = ["// src/patterns/core/check.ts", "// src/patterns/core/notify.ts"];
    const bundled = entries
      .flatMap((entry) => {
        const code = readFileSync(path.join(root, entry.default), "utf8");
        return [...new Set(code.match(/^\/\/ src\/patterns\/.+\.ts$/gm))];
      })
      .filter((file) => !shared.includes(file));
    expect(bundled.length).toBeGreaterThan(0);
    expect(bundled.filter((file, index) => bundled.indexOf(file) !== index)).toEqual([]);
  });

  test("exports what the sources export", async () => {
    for (const entry of entries) {
      const [built, source] = await Promise.all([
        exportsOf(entry.default),
        exportsOf(entry["@yieldpoint/source"]),
      ]);
      expect(built.size).toBeGreaterThan(0);
      expect(built).toEqual(source);
    }
  });

  test("publint finds nothing to say", async () => {
    const { messages, pkg } = await publint({
      pack: { tarball: new Uint8Array(readFileSync(packed.tarball)).buffer },
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test("its types are found wherever ESM is imported", { timeout: 60_000 }, async () => {
    // esm-only: require() finds ESM, as is intended; it works from Node 20.19 on.
    const cli = path.join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
    const flags = ["--profile", "esm-only", "--no-definitely-typed", "--no-color", "--no-emoji"];
    const attw = await runNode(dist, cli, packed.tarball, ...flags);
    expect(attw).toMatchObject({ code: 0, stderr: "" });
    for (const { name } of entries) expect(attw.stdout).toContain(`"${name}"`);
  });
});
