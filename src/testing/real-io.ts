import { AsyncLocalStorage, createHook } from "node:async_hooks";
import {
  captureTrace,
  describeFrame,
  framesOf,
  isUserFrame,
  userLocation,
  type Frame,
  type Trace,
} from "./callsite.ts";
import { RealIOError } from "./errors.ts";

/** What Node starts in real time, by the name that it has for async_hooks. */
export const operations = new Map([
  ["TCPCONNECTWRAP", "a TCP connection"],
  ["TCPSERVERWRAP", "a TCP server"],
  ["PIPECONNECTWRAP", "a connection to a pipe or Unix socket"],
  ["PIPESERVERWRAP", "a server on a pipe or Unix socket"],
  ["GETADDRINFOREQWRAP", "a DNS lookup"],
  ["GETNAMEINFOREQWRAP", "a DNS lookup"],
  ["QUERYWRAP", "a DNS query"],
  ["UDPSENDWRAP", "a UDP message"],
  ["FSREQCALLBACK", "a file operation"],
  ["FSREQPROMISE", "a file operation"],
  ["FSEVENTWRAP", "a file watcher"],
  ["PROCESSWRAP", "a child process"],
  ["WORKER", "a worker thread"],
  ["ZLIB", "a compression"],
  ["PBKDF2REQUEST", "a key derivation"],
  ["SCRYPTREQUEST", "a key derivation"],
  ["HASHREQUEST", "a digest on the thread pool"],
  ["RANDOMBYTESREQUEST", "a request for random bytes"],
]);

/** What is made before a connection, while the caller is still on the stack. */
const handles = new Set(["TCPWRAP", "PIPEWRAP", "UDPWRAP"]);
const inside = new AsyncLocalStorage<symbol>();
const testRunner = /\/node_modules\/(?:@vitest|vitest|vite|vite-node|tsx|esbuild|rolldown)\//;
export const timerInternals = /^node:(?:internal\/)?(?:timers|async_hooks|util)/;

/** Watches what one run of user code starts. */
export interface RealIOWatch {
  /** The first real operation that was started, as an error. */
  readonly found: RealIOError | undefined;
  /** Calls the function such that what it starts, now or later, is watched. */
  call<T>(body: () => T): T;
  stop(): void;
}

export const noWatch: RealIOWatch = { found: undefined, call: (body) => body(), stop: () => {} };

export function watchRealIO(): RealIOWatch {
  const run = Symbol("run");
  let found: RealIOError | undefined;
  // Connecting happens in a turn of its own, where the caller is no longer on the stack.
  let lastFetch: Trace | undefined;
  let lastHandle: Trace | undefined;

  function init(_id: number, type: string): void {
    // Called for every promise: what is not of interest leaves first.
    const kind = kindOf(type);
    if (kind === undefined && !handles.has(type)) return;
    if (found !== undefined || inside.getStore() !== run) return;
    if (kind === undefined) {
      lastHandle = captureTrace(init);
      return;
    }
    const frames = framesOf(captureTrace(init).stack);
    const culprit = blame(frames);
    if (culprit === "foreign") return;
    if (type === "Timeout") {
      if (isDirectTimer(frames)) found = new RealIOError(realTimer(` at ${culprit}`));
      return;
    }
    found = new RealIOError(realOperation(kind, origin(culprit)));
  }

  function origin(culprit: string | undefined): string {
    const fetched = userLocation(lastFetch?.stack);
    const at = culprit ?? userLocation(lastHandle?.stack);
    if (at !== undefined) return ` at ${at}`;
    return fetched === undefined ? "" : ` by the fetch at ${fetched}`;
  }

  const hook = createHook({ init });
  hook.enable();
  const restoreFetch = spyOnFetch((call) => {
    lastFetch = call;
  });
  return {
    get found() {
      return found;
    },
    call: (body) => inside.run(run, body),
    stop() {
      hook.disable();
      restoreFetch();
    },
  };
}

function kindOf(type: string): string | undefined {
  return type === "Timeout" ? "a real timer" : operations.get(type);
}

function spyOnFetch(onCall: (call: Trace) => void): () => void {
  const original = globalThis.fetch;
  function fetch(...args: Parameters<typeof original>): ReturnType<typeof original> {
    onCall(captureTrace(fetch));
    return original(...args);
  }
  globalThis.fetch = fetch;
  return () => {
    if (globalThis.fetch === fetch) globalThis.fetch = original;
  };
}

/** The user's `file:line`; undefined where the stack shows none; "foreign" where the test runner or the module loader did it. */
export function blame(frames: readonly Frame[]): string | undefined {
  for (const frame of frames) {
    if (isUserFrame(frame)) return describeFrame(frame);
    if (testRunner.test(frame.file) || frame.file.startsWith("node:internal/modules/")) return "foreign";
  }
  return undefined;
}

/** Whether the user's code asked for the timer itself; Node's own modules make timers, too. */
function isDirectTimer(frames: readonly Frame[]): boolean {
  const first = frames.find((frame) => !timerInternals.test(frame.file));
  return first !== undefined && isUserFrame(first);
}

function realOperation(kind: string, where: string): string {
  return (
    `Real I/O under virtual time: ${kind} was started${where}. The real operation takes real time and never sees the ` +
    "virtual clock, so timers around it fire before it can answer. Call a recorded service instead, service(name, ms), " +
    "or run this test in real time."
  );
}

function realTimer(where: string): string {
  return (
    `A real timer was started under virtual time${where}. The function that made it was taken before virtual time was ` +
    "installed, for example by promisify(setTimeout) at the top of a module. Look it up where it is called, or import " +
    'setTimeout from "node:timers/promises".'
  );
}
