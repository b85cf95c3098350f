import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { promiseHooks } from "node:v8";
import {
  captureTrace,
  describeFrame,
  framesOf,
  isLibraryFrame,
  isUserFrame,
  type Frame,
  type Trace,
} from "./callsite.ts";

/** Where code waits. */
export interface Wait {
  /** `file:line` */
  readonly at: string;
  /** The same, with that line of code if it can be read. */
  readonly place: string;
  readonly times: number;
}

/** Watches what one run of user code waits for. */
export interface WaitWatch {
  /** Calls the function such that its waits, now or later, are watched. */
  call<T>(body: () => T): T;
  /** What still waits: an `await` in the user's code, or a promise of the library, the last to begin first. */
  pending(): Wait[];
  stop(): void;
}

interface PendingPromise {
  readonly trace: Trace;
  readonly parent: Promise<unknown> | undefined;
}

const inside = new AsyncLocalStorage<symbol>();

export function watchWaits(): WaitWatch {
  const run = Symbol("run");
  const promises = new Map<Promise<unknown>, PendingPromise>();

  function init(promise: Promise<unknown>, parent?: Promise<unknown>): void {
    if (inside.getStore() === run) promises.set(promise, { trace: captureTrace(init), parent });
  }

  const stop = promiseHooks.createHook({
    init,
    settled: (promise: Promise<unknown>) => void promises.delete(promise),
  });
  return {
    call: (body) => inside.run(run, body),
    pending: () => waitsAmong(promises),
    stop() {
      stop();
    },
  };
}

function waitsAmong(promises: ReadonlyMap<Promise<unknown>, PendingPromise>): Wait[] {
  const waiting = [...promises].flatMap(([promise, { trace, parent }]) => {
    const frame = waitingFrame(trace, parent !== undefined);
    return frame === undefined ? [] : [{ promise, parent, frame }];
  });
  // Where one waits for another, the first is told: await acquire() is a wait for a promise of the library.
  const parents = new Set(waiting.map(({ parent }) => parent));
  const found = new Map<string, { readonly frame: Frame; times: number }>();
  for (const { promise, frame } of waiting) {
    if (parents.has(promise)) continue;
    const at = describeFrame(frame);
    const known = found.get(at);
    if (known === undefined) found.set(at, { frame, times: 1 });
    else known.times++;
  }
  const waits: Wait[] = [];
  for (const [at, { frame, times }] of found) waits.unshift({ at, times, place: `${at}${codeOf(frame)}` });
  return waits;
}

/** The user's line that waits; undefined for a promise that merely exists. */
function waitingFrame(trace: Trace, hasParent: boolean): Frame | undefined {
  const lines = trace.stack
    .split("\n")
    .filter((line) => /^\s+at (?!.*node:internal\/promise_hooks)/.test(line));
  const frames = framesOf(lines.join("\n"));
  const [maker] = frames;
  if (maker === undefined) return undefined;
  // An await makes its promise in the function that waits; then() and Promise.all() are on the stack themselves.
  const isAwait = hasParent && !lines[0]?.includes("<anonymous>)");
  if (isAwait && isUserFrame(maker)) return maker;
  return !hasParent && isLibraryFrame(maker) ? frames.find(isUserFrame) : undefined;
}

function codeOf({ file, line }: Frame): string {
  try {
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .slice(line - 1, line);
    return lines.map((text) => `: ${text.trim().slice(0, 100)}`).join("");
  } catch {
    return "";
  }
}
