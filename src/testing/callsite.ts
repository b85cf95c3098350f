import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Where something happened. The stack is turned into text only when it is read, which is the costly part. */
export interface Trace {
  readonly stack: string;
}

/** A line of a stack trace. */
export interface Frame {
  /** An absolute path with forward slashes, or a name such as `node:fs`. */
  readonly file: string;
  readonly line: number;
}

type AnyFunction = (...args: never[]) => unknown;

const depth = 20;
const packageRoot = fileURLToPath(new URL("..", import.meta.url)).replaceAll("\\", "/");
// Examples live beside the library's folders and are user code; the bundled entry points lie directly in the root.
const ownFile = /^(?:(?:patterns|testing|timeline|adapters|node|trace)\/|[^/]+$)/;
const libraryFile = /^(?:(?:patterns|adapters|node)\/|[^/]+$)/;

/** Notes the current stack, without `below` and what it called. */
export function captureTrace(below: AnyFunction): Trace {
  const trace = { stack: "" };
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = depth;
  Error.captureStackTrace(trace, below);
  Error.stackTraceLimit = limit;
  return trace;
}

/** The frames of a stack trace, the innermost first. */
export function framesOf(stack: string | undefined): Frame[] {
  const frames: Frame[] = [];
  for (const line of (stack ?? "").split("\n")) {
    const match = /^\s+at (?:.*\()?(?:async )?(.+?):(\d+):\d+\)?$/.exec(line);
    if (match?.[1] !== undefined) frames.push({ file: toPath(match[1]), line: Number(match[2]) });
  }
  return frames;
}

/** Whether the frame is neither Node's, nor a dependency's, nor this package's own. */
export function isUserFrame({ file }: Frame): boolean {
  if (file.startsWith("node:") || file.includes("/node_modules/")) return false;
  return !isOwn(file, ownFile);
}

/** Whether the frame is in this package's patterns, or in what adapts them. */
export function isLibraryFrame({ file }: Frame): boolean {
  return isOwn(file, libraryFile);
}

/** Whether the frame is in this package's tools for tests. */
export function isToolFrame(frame: Frame): boolean {
  return isOwn(frame.file, ownFile) && !isLibraryFrame(frame);
}

function isOwn(file: string, part: RegExp): boolean {
  return file.startsWith(packageRoot) && part.test(file.slice(packageRoot.length));
}

/** `file:line` of the innermost user frame, the file as seen from the working directory. */
export function userLocation(stack: string | undefined): string | undefined {
  const frame = framesOf(stack).find(isUserFrame);
  return frame === undefined ? undefined : describeFrame(frame);
}

export function describeFrame({ file, line }: Frame): string {
  const short = relative(process.cwd(), file).replaceAll("\\", "/");
  return `${short.startsWith("..") || short === "" ? file : short}:${line}`;
}

/** Gives the error the stack of another place, so that a report points there. */
export function pointAt(error: Error, place: Trace): void {
  const frames = place.stack.split("\n").filter((line) => /^\s+at /.test(line));
  error.stack = [`${error.name}: ${error.message}`, ...frames].join("\n");
}

function toPath(location: string): string {
  const bare = location.replace(/\?[^/]*$/, "");
  return (bare.startsWith("file:") ? fileURLToPath(bare) : bare).replaceAll("\\", "/");
}
