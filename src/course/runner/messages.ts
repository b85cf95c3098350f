import { existsSync } from "node:fs";
import * as path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { normalizePath } from "vite";
import type { Problem } from "../verdict.ts";
import type { Job } from "./ids.ts";

/** An error as it arrives from a worker. */
export interface ThrownError {
  readonly message?: string | undefined;
  readonly name?: string | undefined;
  readonly stack?: string | undefined;
  readonly diff?: string | undefined;
  readonly code?: unknown;
  readonly type?: string | undefined;
}

/** Where in the learner's file, or else in the spec, an error arose: `semaphore.ts:12`. */
export function placeOf(job: Job, error: ThrownError): string | undefined {
  const frames = [
    ...(error.stack ?? "").matchAll(new RegExp(`([^/\\\\]+)\\?answer=${job.token}:(\\d+)`, "g")),
  ];
  const isSpec = (frame: RegExpExecArray): boolean => frame[1] === path.basename(job.spec);
  const frame = frames.find((each) => !isSpec(each)) ?? frames[0];
  return frame === undefined ? undefined : `${frame[1]}:${frame[2]}`;
}

/** What a failed test says: the error's own message, and a diff where the values have several lines. */
export function testMessage(job: Job, error: ThrownError): string {
  const text = ownMessage(job, error);
  const timeout = /^Test timed out in (\d+)ms/.exec(text)?.[1];
  if (timeout !== undefined) {
    return `This test did not finish within ${Number(timeout) / 1000} s: what it waits for never happens.`;
  }
  const exit = exitProblem(job, error)[0];
  if (exit !== undefined) return exit.message;
  const diff = error.code === "ERR_ASSERTION" ? "" : compactDiff(error.diff ?? "");
  return diff === "" ? text : `${text}\n${diff}`;
}

/** Says that a file is not there, and how to get one back that belongs to the exercise. */
export function missing({ exercise, folder }: Job, file: string): string {
  const base = path.basename(file);
  const restore = `git restore exercises/${exercise}/${base}`;
  return `${base} does not exist.${path.dirname(file) === folder ? ` To get it back: ${restore}` : ""}`;
}

/** An error that came before the tests, or around them (in a hook). */
export function loadProblem(job: Job, error: ThrownError, hasTests: boolean): Problem {
  if (!existsSync(job.spec)) return { kind: "load-error", message: missing(job, job.spec) };
  if (error.name === "LoadError") return { kind: "load-error", message: clean(job, error.message ?? "") };
  const exit = exitProblem(job, error)[0];
  if (exit !== undefined) return exit;
  const place = placeOf(job, error);
  const text = ownMessage(job, error);
  if (hasTests) return { kind: "unhandled-error", message: place === undefined ? text : `${place}: ${text}` };
  const subject = place ?? path.basename(job.answer);
  return { kind: "load-error", message: `${subject} throws while it is loaded: ${text}` };
}

export function unhandledProblem(job: Job, error: ThrownError): Problem {
  const exit = exitProblem(job, error)[0];
  if (exit !== undefined) return exit;
  const place = placeOf(job, error) ?? path.basename(job.answer);
  const what =
    error.type === "Unhandled Rejection"
      ? "rejects a promise that nobody handles"
      : "throws where nothing can catch it";
  return { kind: "unhandled-error", message: `${place} ${what}: ${ownMessage(job, error)}` };
}

/** Vitest lets no test end its process: it throws instead, and tells so in words of its own. */
export function exitProblem(job: Job, error: ThrownError): Problem[] {
  if (!error.message?.startsWith("process.exit unexpectedly called")) return [];
  const place = placeOf(job, error) ?? path.basename(job.answer);
  return [{ kind: "crash", message: `${place} calls process.exit(), which would end the whole program.` }];
}

/** The language's own errors say too little without their kind; others are written to be read. */
function ownMessage(job: Job, error: ThrownError): string {
  const text = clean(job, error.message ?? "");
  const name = error.name ?? "Error";
  return name !== "Error" && name in globalThis && !text.startsWith(name) ? `${name}: ${text}` : text;
}

function clean(job: Job, text: string): string {
  const root = normalizePath(path.resolve(job.folder, "../../.."));
  return stripVTControlCharacters(text)
    .replaceAll(`?answer=${job.token}`, "")
    .replaceAll(`${root}/`, "")
    .trim();
}

/** A one-line difference is told by the message; a longer one keeps its changed lines and their neighbours. */
function compactDiff(diff: string): string {
  const lines = stripVTControlCharacters(diff).split("\n");
  const body = lines.filter((line) => line.trim() !== "" && line !== "- Expected" && line !== "+ Received");
  const isLong = body.some((line) => !line.startsWith("-") && !line.startsWith("+")) || body.length > 2;
  return isLong ? ["- expected", "+ received", ...body].join("\n") : "";
}
