import type * as fs from "node:fs";
import type * as inspector from "node:inspector";
import type { Debugger } from "node:inspector";
import type * as module from "node:module";
import type * as path from "node:path";
import type * as url from "node:url";

/** What the main thread and the watchdog share: an Int32Array with these cells. */
export interface WatchdogData {
  readonly cells: SharedArrayBuffer;
  /** Files below it are the package's own, never the learner's. */
  readonly packageFolder: string;
  readonly root: string;
  readonly reportFd: number | undefined;
}

export interface NodeModules {
  readonly fs: typeof fs;
  readonly inspector: typeof inspector;
  readonly module: typeof module;
  readonly path: typeof path;
  readonly url: typeof url;
}

/**
 * Watches the main thread's event loop from a thread beside it, names the line that keeps it from turning and
 * ends the process, which nothing else can do.
 *
 * It runs from its own text (`toString`), so it may refer to nothing outside itself.
 */
export function watch(node: NodeModules, data: WatchdogData): void {
  // The cells: beats of the event loop; 1 while a debugger is attached; 1 once a probing microtask ran;
  // 1 while the spec and the answer are being loaded.
  const [beats, debugging, microtask, loading] = [0, 1, 2, 3] as const;
  const cells = new Int32Array(data.cells);
  const tick = 100;
  const longestWait = 2500;

  const loop = "this loop runs without ever yielding to the event loop.";
  const microtasks =
    "each await here continues at once, an endless chain of microtasks, so no timer and no I/O gets its turn.";
  const ticks =
    "each step queues the next before the event loop turns, so no timer and no I/O gets its turn.";

  let lastBeat = -1;
  let silence = 0;
  let idle = 0;
  let cpuBefore = 0;
  let cpuAtBeat = 0;

  // Counting this thread's own ticks, not the clock, keeps a laptop that slept from looking like a loop; asking
  // for spent processor time keeps a starved machine from looking like one.
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage();
    const now = (user + system) / 1000;
    const spent = now - cpuBefore;
    cpuBefore = now;
    const beat = Atomics.load(cells, beats);
    if (beat !== lastBeat || Atomics.load(cells, debugging) === 1) {
      lastBeat = beat;
      silence = 0;
      cpuAtBeat = now;
      idle = Atomics.load(cells, loading) === 1 && spent < 10 ? idle + 1 : 0;
      if (idle >= 4000 / tick) {
        stop("load-error", "The answer never finishes loading: an `await` at its top level waits for ever.");
      }
      return;
    }
    silence += tick;
    const used = now - cpuAtBeat;
    if (silence >= 2000 && used >= 1000) {
      clearInterval(timer);
      setTimeout(() => conclude([], loop), 4 * longestWait);
      diagnose().catch(() => conclude([], loop));
    } else if (silence >= 3000 && used < 100) {
      stop("endless-loop", "The event loop stands still: a call waits for ever without letting it turn.");
    }
  }, tick);

  interface Frame {
    readonly file: string;
    readonly line: number;
  }

  /** Whether the condition comes true before the process has spent so much processor time (or much real time). */
  async function comesTrue(condition: () => boolean, milliseconds: number): Promise<boolean> {
    const start = performance.now();
    const before = process.cpuUsage();
    while (!condition()) {
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1000 > milliseconds || performance.now() - start > longestWait) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return true;
  }

  async function diagnose(): Promise<void> {
    const session = new node.inspector.Session();
    session.connectToMainThread();
    const scripts = new Map<string, Debugger.ScriptParsedEventDataType>();
    session.on("Debugger.scriptParsed", ({ params }) => void scripts.set(params.scriptId, params));
    let paused: Frame[] | undefined;
    session.on("Debugger.paused", ({ params }) => {
      paused = params.callFrames.map((frame) => locate(frame, scripts.get(frame.location.scriptId)));
    });
    /** The stack at the next pause, innermost first; undefined if none comes in time. */
    const step = async (
      method: "Debugger.pause" | "Debugger.stepInto" | "Debugger.stepOut",
      patience: number,
    ): Promise<Frame[] | undefined> => {
      paused = undefined;
      session.post(method);
      await comesTrue(() => paused !== undefined, patience);
      return paused;
    };
    const pause = async (): Promise<Frame[]> => {
      let stack = await step("Debugger.pause", 500);
      for (let steps = 0; steps < 200 && stack?.some(isUsers) === false; steps++) {
        stack = await step("Debugger.stepInto", 500);
      }
      return stack ?? [];
    };
    const sample = async (choose: (stack: Frame[]) => Frame | undefined): Promise<Frame[]> => {
      const found: Frame[] = [];
      for (let count = 0; count < 5; count++) {
        const frame = choose(await pause());
        if (frame !== undefined) found.push(frame);
        session.post("Debugger.resume");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return found;
    };

    session.post("Debugger.enable");
    if ((await pause()).length === 0) {
      conclude([], loop);
      return;
    }
    // A microtask runs only where synchronous code has come to its end.
    const note = `Atomics.store(globalThis[Symbol.for("yieldpoint.watchdog")], ${microtask}, 1)`;
    session.post("Runtime.evaluate", { expression: `void Promise.resolve().then(() => ${note})` });
    session.post("Debugger.resume");
    if (await comesTrue(() => Atomics.load(cells, microtask) === 1, 60)) {
      conclude(await sample(nearest), microtasks);
      return;
    }
    // What never comes to its end is the innermost function that cannot be stepped out of.
    let stack = await pause();
    for (;;) {
      const outer = await step("Debugger.stepOut", 150);
      if (outer === undefined) break;
      if (!outer.some(isUsers)) {
        conclude([nearest(stack)], ticks);
        return;
      }
      stack = outer;
    }
    const depth = stack.length;
    const found = await sample((frames) => nearest(frames.slice(-depth)));
    // Node 22 does not pause again after a step out of module code that never ends.
    conclude(found.length > 0 ? found : [nearest(stack)], loop);
  }

  function locate(frame: Debugger.CallFrame, script: Debugger.ScriptParsedEventDataType | undefined): Frame {
    const { lineNumber, columnNumber } = frame.location;
    const url = script?.url ?? "";
    const file = url.startsWith("file:") ? node.url.fileURLToPath(url) : url;
    const encoded = /^data:application\/json[^,]*base64,(.*)$/.exec(script?.sourceMapURL ?? "")?.[1];
    if (encoded === undefined) return { file, line: lineNumber + 1 };
    const map = new node.module.SourceMap(JSON.parse(Buffer.from(encoded, "base64").toString("utf8")));
    const entry = map.findEntry(lineNumber, columnNumber ?? 0);
    return { file, line: "originalLine" in entry ? entry.originalLine + 1 : lineNumber + 1 };
  }

  function isUsers({ file }: Frame): boolean {
    return file !== "" && !file.startsWith("node:") && !file.includes("node_modules");
  }

  /** The innermost frame of the learner's, or else of the spec. */
  function nearest(stack: readonly Frame[]): Frame | undefined {
    const users = stack.filter(isUsers);
    const isLearners = ({ file }: Frame): boolean =>
      !/\.spec\.ts(?:\?|$)/.test(file) && !file.startsWith(data.packageFolder);
    return users.find(isLearners) ?? users[0];
  }

  function conclude(found: readonly (Frame | undefined)[], why: string): void {
    const file = found[0]?.file.replace(/\?.*$/, "");
    if (file === undefined) {
      stop("endless-loop", `Something never stops: ${why}`);
      return;
    }
    const lines = found.flatMap((frame) => (frame?.file.replace(/\?.*$/, "") === file ? [frame.line] : []));
    const line = Math.min(...lines);
    stop("endless-loop", `${node.path.basename(file)}:${line} never stops: ${why}`, `${file}:${line}`);
  }

  function stop(kind: "endless-loop" | "load-error", message: string, at?: string): void {
    const place = at === undefined ? "" : `\n    at ${node.path.relative(data.root, at)}`;
    const [fd, text] =
      data.reportFd === undefined
        ? [2, `\n${message}${place}\nThe worker was ended.\n\n`]
        : [data.reportFd, `${JSON.stringify({ type: "stopped", kind, message })}\n`];
    try {
      node.fs.writeSync(fd, text);
    } finally {
      process.kill(process.pid, "SIGKILL");
    }
  }
}
