import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import * as esbuild from "esbuild";

export const root = path.resolve(import.meta.dirname, "../..");
export const dist = path.join(root, "dist");

interface Target {
  readonly "@yieldpoint/source": string;
  readonly types: string;
  readonly default: string;
}

/** An entry point. */
export interface Entry extends Target {
  /** What it is imported as: `yieldpoint/testing`. */
  readonly name: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Target>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export const manifest: Manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

/** The entry points: each is built from its source into its default. */
export const entries: readonly Entry[] = Object.entries(manifest.exports).flatMap(([subpath, entry]) =>
  typeof entry === "string" ? [] : [{ ...entry, name: path.posix.join(manifest.name, subpath) }],
);

/** Builds dist afresh: one bundled file an entry point, and the declarations. */
export async function buildDist(): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  await Promise.all([
    esbuild.build({
      absWorkingDir: root,
      entryPoints: entries.map((entry) => entry["@yieldpoint/source"]),
      outbase: "src",
      outdir: "dist",
      bundle: true,
      format: "esm",
      platform: "neutral",
      target: "es2022",
      packages: "external",
      // Not bundled a second time, to which the tsconfig's paths would lead.
      external: ["node:*", manifest.name],
    }),
    promisify(execFile)(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root }).catch(
      (error: { stdout: string }) => {
        throw new Error(`build: the declarations do not compile\n${error.stdout}`);
      },
    ),
  ]);
}

/** Builds dist if it is missing or older than what it is made of. Processes that ask at the same time take turns. */
export async function freshDist(): Promise<void> {
  const lock = path.join(root, "node_modules/.cache/yieldpoint/build.lock");
  mkdirSync(path.dirname(lock), { recursive: true });
  while (!take(lock)) await sleep(50);
  try {
    if (isStale()) await buildDist();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    // Whoever holds it for a minute was killed while building.
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > 60_000) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

function isStale(): boolean {
  const outputs = entries
    .flatMap((entry) => [entry.types, entry.default])
    .map((file) => path.join(root, file));
  if (!outputs.every((file) => existsSync(file))) return true;
  const oldest = Math.min(...outputs.map((file) => statSync(file).mtimeMs));
  const inputs = readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.join("src", file));
  inputs.push("package.json", "tsconfig.json", "tsconfig.build.json", "test/package/dist.ts");
  return inputs.some((file) => statSync(path.join(root, file)).mtimeMs > oldest);
}
