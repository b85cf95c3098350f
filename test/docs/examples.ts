import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import * as esbuild from "esbuild";
import { entries, freshDist, root } from "../package/dist.ts";
import { runTsc } from "../package/packed.ts";
import { tsBlocks, type Block } from "../../src/course/reference/blocks.ts";
import { publicSymbols } from "./symbols.ts";

/** A documented piece of code that is to compile and to run by itself. */
export interface Example extends Block {
  /** Whose example it is, and where it stands: `Semaphore (src/patterns/limit/semaphore.ts:49)`. */
  readonly title: string;
  /** The entry point that documents it; undefined for the README. */
  readonly entry?: string | undefined;
}

/** The examples of all public symbols, and those of the README. */
export function allExamples(): Example[] {
  const examples: Example[] = entries.flatMap((entry) =>
    publicSymbols(entry).flatMap(({ name, file, doc }) =>
      (doc?.examples ?? []).map((block) => ({
        ...block,
        title: `${name} (${file}:${block.line})`,
        entry: entry.name,
      })),
    ),
  );
  const readme = path.join(root, "README.md");
  if (existsSync(readme)) {
    for (const block of tsBlocks(readFileSync(readme, "utf8"))) {
      examples.push({ ...block, title: `README.md:${block.line}` });
    }
  }
  return examples;
}

/** The examples as files, in a folder where they find the packages that the clone has. */
export class Workshop {
  // Not inside node_modules: what stands there is no user's code to the virtual clock, which tells the two apart.
  readonly #folder = mkdtempSync(path.join(tmpdir(), "yieldpoint-docs-"));
  readonly #examples: readonly Example[];

  constructor(examples: readonly Example[]) {
    this.#examples = examples;
    symlinkSync(path.join(root, "node_modules"), path.join(this.#folder, "node_modules"), "junction");
    for (const [index, { code }] of examples.entries()) {
      // A file without an import or an export would share its names with the others.
      writeFileSync(path.join(this.#folder, `${index}.mts`), `${code}\nexport {};\n`);
    }
  }

  /** Type-checks all of them as the project itself is checked, and gives the errors, each under its example's title. */
  async typeErrors(): Promise<string[]> {
    const config = {
      extends: path.join(root, "tsconfig.json"),
      include: [],
      files: this.#examples.map((_, index) => `${index}.mts`),
    };
    writeFileSync(path.join(this.#folder, "tsconfig.json"), JSON.stringify(config));
    const { code, stdout, stderr } = await runTsc(this.#folder);
    if (code === 0) return [];
    return (stdout + stderr)
      .trim()
      .replaceAll(/^(\d+)\.mts\(\d+,\d+\)/gm, (place, index: string) => {
        return this.#examples[Number(index)]?.title ?? place;
      })
      .split("\n");
  }

  /** Turns each into JavaScript that imports the built package. */
  async compile(): Promise<void> {
    await freshDist();
    const files = new Map(
      entries.map((entry) => [entry.name, pathToFileURL(path.join(root, entry.default)).href]),
    );
    await esbuild.build({
      absWorkingDir: this.#folder,
      entryPoints: this.#examples.map((_, index) => `${index}.mts`),
      outdir: ".",
      outExtension: { ".js": ".mjs" },
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      packages: "external",
      plugins: [
        {
          name: "built-package",
          setup(build) {
            build.onResolve({ filter: /^yieldpoint(\/|$)/ }, ({ path: name }) => {
              const file = files.get(name);
              return file === undefined
                ? { errors: [{ text: `${name} is no entry point` }] }
                : { path: file, external: true };
            });
          },
        },
      ],
      tsconfigRaw: {},
    });
  }

  /** Runs one in a thread of its own: it must end by itself, within the time. */
  run(example: Example, within = 5_000): Promise<void> {
    const file = path.join(this.#folder, `${this.#examples.indexOf(example)}.mjs`);
    return new Promise((resolve, reject) => {
      const worker = new Worker(file, { stdout: true, stderr: true, execArgv: [] });
      const timer = setTimeout(() => {
        reject(new Error(`it had not ended after ${within} ms: a timer or a handle may be left`));
        void worker.terminate();
      }, within);
      worker.on("error", reject);
      worker.on("exit", (code) => {
        clearTimeout(timer);
        // A top-level await that never settles ends with 13.
        if (code === 0) resolve();
        else reject(new Error(`it ended with exit code ${code}`));
      });
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
