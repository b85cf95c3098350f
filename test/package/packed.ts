import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freshDist, root } from "./dist.ts";

/** How a child process ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The package as npm packs it. */
export interface Packed {
  /** A folder for this, of its own. */
  readonly folder: string;
  readonly tarball: string;
  /** The paths inside, without npm's leading `package/`. */
  readonly files: readonly string[];
}

export async function pack(): Promise<Packed> {
  await freshDist();
  const folder = mkdtempSync(path.join(tmpdir(), "yieldpoint-package-"));
  const { stdout } = await npm(
    root,
    folder,
    "pack",
    "--ignore-scripts",
    "--json",
    "--pack-destination",
    folder,
  );
  const [report]: [{ filename: string; files: { path: string }[] }] = JSON.parse(stdout);
  return {
    folder,
    tarball: path.join(folder, report.filename),
    files: report.files.map((file) => file.path),
  };
}

export function remove({ folder }: Packed): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Installs the tarball into an empty folder, with no network and an empty cache, and gives the folder's path. */
export async function install({ folder, tarball }: Packed): Promise<string> {
  const application = path.join(folder, "application");
  mkdirSync(application);
  writeFileSync(path.join(application, "package.json"), "{}");
  await npm(application, folder, "install", "--offline", "--no-audit", "--no-fund", tarball);
  return application;
}

/** Makes a project inside the application, which finds what is installed there, and gives its path. */
export function project(application: string, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(application, "project-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

/** Gives an application more packages, those that the clone has: `@types`, say. */
export function link(application: string, ...packages: readonly string[]): void {
  for (const name of packages) {
    const to = path.join(application, "node_modules", name);
    mkdirSync(path.dirname(to), { recursive: true });
    symlinkSync(path.join(root, "node_modules", name), to, "junction");
  }
}

export function runNode(cwd: string, ...args: readonly string[]): Promise<Ended> {
  return run(cwd, process.execPath, args);
}

export function runTsc(cwd: string): Promise<Ended> {
  return runNode(cwd, path.join(root, "node_modules/typescript/bin/tsc"), "-p", ".");
}

async function npm(cwd: string, folder: string, ...args: readonly string[]): Promise<Ended> {
  // Set under `npm test`, but not always to npm: other package managers set it, too.
  const script = process.env["npm_execpath"] ?? "";
  const byScript = path.basename(script) === "npm-cli.js";
  const windows = !byScript && process.platform === "win32";
  const all = [...args, "--cache", path.join(folder, "cache")];
  const ended = byScript
    ? await run(cwd, process.execPath, [script, ...all])
    : await run(cwd, "npm", windows ? all.map((arg) => `"${arg}"`) : all, windows);
  if (ended.code !== 0) {
    throw new Error(`npm ${args.join(" ")} ended with ${ended.code}\n${ended.stderr}${ended.stdout}`);
  }
  return ended;
}

function run(cwd: string, file: string, args: readonly string[], shell = false): Promise<Ended> {
  // What npm and Vitest set for their own children is not for these.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(npm_|NODE_OPTIONS$|NODE_ENV$|VITEST)/i.test(key)),
  );
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env, shell }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr: error && code === -1 ? `${error.message}\n${stderr}` : stderr });
    });
  });
}

/** A tsconfig as strict as they come. */
export function strictConfig(compilerOptions: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    compilerOptions: {
      target: "es2022",
      lib: ["es2022", "dom"],
      types: [],
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      rootDir: ".",
      outDir: "out",
      ...compilerOptions,
    },
  });
}
