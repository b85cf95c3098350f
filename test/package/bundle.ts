import path from "node:path";
import * as esbuild from "esbuild";
import { entries, root } from "./dist.ts";

// Built code only: the tsconfig's paths would lead to the sources.
const alias = Object.fromEntries(entries.map((entry) => [entry.name, path.join(root, entry.default)]));

/** Bundles code for browsers as an application would, from dist; fails where it needs anything of Node. */
export async function bundleForBrowser(code: string, options: esbuild.BuildOptions = {}): Promise<string> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: code, loader: "ts", resolveDir: root },
    alias,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "silent",
    tsconfigRaw: {},
    ...options,
  });
  return outputFiles?.[0]?.text ?? "";
}

/** The file of the main entry point. */
export const main = path.join(root, entries[0]?.default ?? "");
