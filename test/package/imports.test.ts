import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { entries, manifest, root } from "./dist.ts";
import { importsOf, readSource, resolveImport, sourcesUnder } from "./source.ts";

/** What each part of src may import beside itself: everything that it stands on. */
const standsOn: Readonly<Record<string, readonly string[]>> = {
  "index.ts": ["patterns"],
  patterns: [],
  timeline: [],
  node: ["index.ts", "patterns", "timeline"],
  adapters: ["index.ts", "patterns", "timeline"],
  testing: ["patterns", "timeline"],
  trace: ["patterns", "timeline"],
  examples: ["index.ts", "node", "adapters", "testing", "trace"],
  course: ["timeline"],
  cli: ["course", "trace", "timeline"],
  web: ["course", "trace", "timeline"],
};

/** The parts that are published and may need Node, or an optional peer. */
const withNode = ["node", "adapters", "testing", "trace"];

/** The parts that stand on no Node module and no other package. */
const standalone = ["index.ts", "patterns", "timeline"];

const publicNames = new Map(entries.map((entry) => [entry.name, partOf(entry["@yieldpoint/source"])]));

interface Import {
  readonly from: string;
  readonly file: string;
  readonly specifier: string;
  /** The part of src that it leads to; undefined for another package or a Node module. */
  readonly to: string | undefined;
}

const imports: Import[] = sourcesUnder("src").flatMap((file) => {
  const source = readSource(file);
  return importsOf(source).map((specifier) => {
    const to = specifier.startsWith(".")
      ? partOf(resolveImport(source, specifier))
      : publicNames.get(specifier);
    return { from: partOf(file), file, specifier, to };
  });
});

function partOf(file: string): string {
  return path.posix.normalize(file).split("/")[1] ?? "";
}

function told(wrong: readonly Import[]): string[] {
  return wrong.map(({ file, specifier }) => `${file} imports ${specifier}`);
}

describe("the import graph of src", () => {
  test("each part imports only what it stands on", () => {
    expect(imports.length).toBeGreaterThan(0);
    const wrong = imports.filter(
      ({ from, to }) => to !== undefined && to !== from && !standsOn[from]?.includes(to),
    );
    expect(told(wrong)).toEqual([]);
  });

  test("patterns and timeline import no Node module and no package", () => {
    const wrong = imports.filter(({ from, to }) => standalone.includes(from) && to === undefined);
    expect(told(wrong)).toEqual([]);
  });

  test("the published parts import no package but the optional peers", () => {
    const peers = Object.keys(manifest.peerDependencies ?? {});
    const wrong = imports.filter(
      ({ from, to, specifier }) =>
        withNode.includes(from) &&
        to === undefined &&
        !specifier.startsWith("node:") &&
        !peers.some((peer) => specifier === peer || specifier.startsWith(`${peer}/`)),
    );
    expect(told(wrong)).toEqual([]);
  });

  test("every relative import names its file in full", () => {
    const wrong = imports.filter(({ file, specifier }) => {
      return specifier.startsWith(".") && !existsSync(path.join(root, resolveImport({ file }, specifier)));
    });
    expect(told(wrong)).toEqual([]);
  });
});
