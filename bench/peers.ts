// The peers are installed in this folder only, and only when a row needs them: the project's own checks do without.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const folder = import.meta.dirname;

/** A package of bench/package.json. */
export type Peer =
  | "@repeaterjs/repeater"
  | "@watchable/unpromise"
  | "async"
  | "async-mutex"
  | "async-retry"
  | "async-sema"
  | "bottleneck"
  | "cockatiel"
  | "es-toolkit"
  | "fastq"
  | "modern-async"
  | "opossum"
  | "p-limit"
  | "p-map"
  | "p-queue"
  | "p-retry"
  | "p-timeout";

/** What of a lockfile is compared: the packages and their versions. */
export interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

/** Whether a package of the lockfile is not installed, or in another version. */
export function isStale(wanted: Lock, installed: Lock | undefined): boolean {
  return Object.entries(wanted.packages).some(
    ([place, { version, optional = false }]) =>
      place !== "" && !optional && installed?.packages[place]?.version !== version,
  );
}

/** Installs the peers where they are missing or stale, and says so. */
export async function installPeers(say: (line: string) => void): Promise<void> {
  const wanted = readJson("package-lock.json") as Lock;
  const lock = "node_modules/.package-lock.json";
  if (!isStale(wanted, existsSync(path.join(folder, lock)) ? (readJson(lock) as Lock) : undefined)) return;
  say("bench: installing the peers into bench/node_modules");
  const args = ["ci", "--prefix", folder, "--omit-lockfile-registry-resolved", "--ignore-scripts"];
  const { failed, output } = await npm([...args, "--no-audit", "--no-fund", "--fetch-retries=1"]);
  if (!failed) return;
  throw new Error(
    `bench: the peers could not be installed, which takes a network the first time; "--rows gather" needs none. npm said:\n${complaint(output)}`,
  );
}

/** The versions that are measured, pinned in bench/package.json. */
export function peerVersions(): Readonly<Record<string, string>> {
  return (readJson("package.json") as { dependencies: Record<string, string> }).dependencies;
}

/** Where a process outside this folder imports a package from. */
export function peerUrl(name: string): string {
  return import.meta.resolve(name);
}

/** The first of what npm calls errors: the rest is its own stack. */
function complaint(output: string): string {
  const lines = output.trim().split("\n");
  const errors = lines.filter((line) => line.startsWith("npm error"));
  return (errors.length > 0 ? errors : lines).slice(0, 4).join("\n");
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(folder, file), "utf8"));
}

function npm(args: readonly string[]): Promise<{ failed: boolean; output: string }> {
  return new Promise((resolve) => {
    const done = (error: Error | null, stdout: string, stderr: string): void =>
      resolve({ failed: error !== null, output: stdout + stderr || (error?.message ?? "") });
    // npm names its own script to what it runs, so that no shell is needed to start it on any system.
    const script = process.env["npm_execpath"] ?? "";
    if (path.basename(script) === "npm-cli.js") execFile(process.execPath, [script, ...args], done);
    else execFile("npm", args, done);
  });
}
