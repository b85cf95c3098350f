import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import type { Plugin, Rollup } from "vite";
import { normalizePath } from "vite";
import { readFrontMatter } from "../frontmatter.ts";
import { moduleWithout } from "./barred.ts";
import { fileOf, jobId, tokenOf } from "./ids.ts";
import type { Job } from "./ids.ts";
import { checkModule, LoadError, readImports } from "./imports.ts";
import type { ImportCheck } from "./imports.ts";
import { missing } from "./messages.ts";

export interface ExercisePluginOptions {
  /** The folder that holds `exercises/`. */
  readonly root: string;
  /** The answers that are judged, by token. Without them each spec judges the file beside it. */
  readonly jobs?: ReadonlyMap<string, Job>;
  /** Told before a file is read, so that its text can be known to be out of date later. */
  readonly onRead?: (file: string) => void;
}

/** On which side of an exercise a module stands. */
interface Side {
  readonly role: "spec" | "answer";
  readonly name: string;
  readonly folder: string;
  readonly job: Job | undefined;
}

/** A module that this plugin makes up: its kind and what it is made of, told by its id alone. */
interface Made {
  readonly from: string;
  readonly without?: readonly string[];
  readonly checks?: readonly ImportCheck[];
}

const madePrefix = "virtual:yieldpoint/";

/** Leads each spec to the answer it shall judge, and holds the answer to the exercise's rules. */
export function exercisePlugin({ root, jobs, onRead }: ExercisePluginOptions): Plugin {
  const exercises = `${normalizePath(path.join(root, "exercises"))}/`;

  function sideOf(id: string): Side | undefined {
    const token = tokenOf(id);
    const job = token === undefined ? undefined : jobs?.get(token);
    const file = fileOf(id);
    if (job !== undefined) {
      const role = file === normalizePath(job.spec) ? "spec" : "answer";
      return { role, name: job.name, folder: job.folder, job };
    }
    if (!file.startsWith(exercises)) return undefined;
    const [chapter, name, ...rest] = file.slice(exercises.length).split("/");
    if (chapter === undefined || name === undefined || rest.length === 0) return undefined;
    const role = file.endsWith(".spec.ts") ? "spec" : "answer";
    return { role, name, folder: `${exercises}${chapter}/${name}`, job };
  }

  return {
    name: "yieldpoint:exercises",
    enforce: "pre",

    async resolveId(source, importer) {
      if (source.startsWith(madePrefix)) return source;
      if (importer === undefined) return undefined;
      const made = readMade(importer);
      if (made?.without !== undefined) return this.resolve(source, made.from, { skipSelf: true });
      if (made !== undefined) return this.resolve(source, made.from, { skipSelf: false });
      const side = sideOf(importer);
      if (side === undefined) return undefined;
      if (side.role === "answer") return resolveForAnswer(this, source, importer, side);
      const { job } = side;
      if (job === undefined || source !== `./${job.name}.ts`) return undefined;
      if (job.source === undefined && !existsSync(job.answer)) {
        throw new LoadError(missing(job, job.answer));
      }
      return jobId(job.answer, job.token);
    },

    load(id) {
      const made = readMade(id);
      if (made?.without !== undefined) return moduleWithout(made.without);
      if (made?.checks !== undefined) return checkModule(made.checks);
      onRead?.(fileOf(id));
      const job = sideOf(id)?.job;
      return job?.source !== undefined && id === jobId(job.answer, job.token) ? job.source : undefined;
    },

    async transform(code, id) {
      const side = sideOf(id);
      if (side === undefined || !/\.[mc]?tsx?$/.test(fileOf(id))) return undefined;
      const base = path.posix.basename(fileOf(id));
      const checks: ImportCheck[] = [];
      for (const { source, line, names } of readImports(fileOf(id), code)) {
        try {
          await this.resolve(source, id, { skipSelf: false });
        } catch (error) {
          if (!(error instanceof LoadError)) throw error;
          throw new LoadError(error.message.replace(base, `${base}:${line}`));
        }
        if (!source.startsWith(".") && !source.startsWith("yieldpoint")) continue;
        const blame =
          side.role === "spec" && source === `./${side.name}.ts`
            ? `${path.basename(side.job?.answer ?? source)} does not export "%", which the tests import.`
            : `${base}:${line} imports "%" from ${JSON.stringify(source)}, which does not export it. (A type is imported with "import type".)`;
        checks.push({ source, names, blame });
      }
      if (checks.length === 0) return undefined;
      return { code: `${code}\nimport ${JSON.stringify(makeId({ from: id, checks }))};\n`, map: null };
    },
  };
}

async function resolveForAnswer(
  context: Rollup.PluginContext,
  source: string,
  importer: string,
  side: Side,
): Promise<Rollup.ResolvedId | string> {
  const base = path.posix.basename(fileOf(importer));
  const resolved = await context.resolve(source, importer, { skipSelf: true });
  if (resolved === null)
    throw new LoadError(`${base} imports ${JSON.stringify(source)}, which cannot be found.`);
  if (source === "yieldpoint") {
    const without = implementOf(side.folder);
    return without.length === 0 ? resolved : makeId({ from: importer, without });
  }
  if (!source.startsWith(".") && !path.isAbsolute(source)) return resolved;
  const own = await context.resolve("yieldpoint", importer, { skipSelf: true });
  if (own !== null && fileOf(resolved.id).startsWith(`${path.posix.dirname(fileOf(own.id))}/`)) {
    throw new LoadError(
      `${base} imports ${JSON.stringify(source)}, a source file of the package. Import from "yieldpoint" instead.`,
    );
  }
  const keep =
    side.job === undefined || resolved.external !== false || resolved.id.includes("/node_modules/");
  return keep ? resolved : jobId(resolved.id, side.job.token);
}

/** The exports of the package that the exercise's README asks for. */
function implementOf(folder: string): readonly string[] {
  const readme = path.join(folder, "README.md");
  if (!existsSync(readme)) return [];
  const names = readFrontMatter(readFileSync(readme, "utf8")).data["implement"];
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
}

function makeId(made: Made): string {
  return madePrefix + Buffer.from(JSON.stringify(made)).toString("base64url");
}

function readMade(id: string): Made | undefined {
  if (!id.startsWith(madePrefix)) return undefined;
  const made: Made = JSON.parse(Buffer.from(id.slice(madePrefix.length), "base64url").toString("utf8"));
  return made;
}
