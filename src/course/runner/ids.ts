import { createHash } from "node:crypto";
import * as path from "node:path";
import { normalizePath } from "vite";
import type { RunRequest } from "../verdict.ts";

/** One answer to be judged by its exercise's spec. */
export interface Job {
  /** Marks every module that is loaded for this job: `<file>?answer=<token>`. */
  readonly token: string;
  /** The exercise's id: `<chapter>/<name>`. */
  readonly exercise: string;
  readonly name: string;
  readonly folder: string;
  readonly spec: string;
  readonly answer: string;
  /** The answer's text, where it is not the one on disk. */
  readonly source: string | undefined;
}

export function toJob(root: string, { exercise, answer, source }: RunRequest): Job {
  const folder = path.join(root, "exercises", exercise);
  const name = path.basename(folder);
  const file = path.resolve(answer ?? path.join(folder, `${name}.ts`));
  const identity = JSON.stringify([exercise, file, source ?? null]);
  const token = createHash("sha1").update(identity).digest("hex").slice(0, 16);
  return { token, exercise, name, folder, spec: path.join(folder, `${name}.spec.ts`), answer: file, source };
}

/** The id under which a module is loaded for one job only, so that two answers in one run never mix. */
export function jobId(file: string, token: string): string {
  return `${normalizePath(file)}?answer=${token}`;
}

export function tokenOf(id: string): string | undefined {
  return /[?&]answer=(?<token>\w+)/.exec(id)?.groups?.["token"];
}

export function fileOf(id: string): string {
  return id.replace(/\?.*$/, "");
}
