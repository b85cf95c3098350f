import path from "node:path";
import * as esbuild from "esbuild";
import type * as yieldpoint from "yieldpoint";

const folder = import.meta.dirname;

/** What is measured. */
export type Library = typeof yieldpoint;

/** The two programs of a run, bundled into a folder: the library as it is published, and what measures. */
export async function buildPrograms(outdir: string): Promise<{ library: string; program: string }> {
  const library = path.join(outdir, "yieldpoint.mjs");
  const program = path.join(outdir, "measure.mjs");
  await Promise.all([
    esbuild.build({
      entryPoints: [path.join(folder, "../src/index.ts")],
      outfile: library,
      bundle: true,
      format: "esm",
      platform: "neutral",
      target: "es2022",
    }),
    esbuild.build({
      entryPoints: [path.join(folder, "measure.ts")],
      outfile: program,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      // Imported only as types; what is measured is told to the process that measures.
      external: ["esbuild", "yieldpoint"],
    }),
  ]);
  return { library, program };
}
