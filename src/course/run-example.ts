import { type ChildProcess, spawn } from "node:child_process";
import type { Example } from "./model.ts";

export interface ExampleRun {
  /** The exit code; undefined if a signal ended the process. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Why the run counts as failed, in one sentence; absent for a good run. */
  readonly failure?: string;
}

export interface ExampleRunOptions {
  /** Run on the real clock even if the example's header names the virtual one. */
  readonly real?: boolean;
  /** Pass the output straight on to this process's own; `stdout` and `stderr` are then empty. */
  readonly inherit?: boolean;
  /** The folder to run in; tsx looks for the tsconfig.json there (default: this process's own). */
  readonly cwd?: string;
  /** After how many real milliseconds it is killed (60 000; never, if `real` sets aside its virtual clock). */
  readonly limit?: number;
  /** Told of the child process, so that the caller can end it. */
  readonly onSpawn?: (child: ChildProcess) => void;
}

/** What Node exits with when the script's top-level await never settles. */
const unsettled = 13;

/** Runs an example in a process of its own, as `node` would run the plain script. Never rejects for what the script does. */
export function runExample(example: Example, options: ExampleRunOptions = {}): Promise<ExampleRun> {
  const { real = false, inherit = false, onSpawn } = options;
  const { limit = real && example.clock === "virtual" ? Infinity : 60_000 } = options;
  const preload = new URL("../testing/preload.ts", import.meta.url).href;
  const tsx = import.meta.resolve("tsx");
  const imports = example.clock === "virtual" && !real ? [tsx, preload] : [tsx];
  const args = [...imports.flatMap((url) => ["--import", url]), example.file];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: options.cwd ?? process.cwd(),
      stdio: inherit ? "inherit" : ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    onSpawn?.(child);
    let timedOut = false;
    const stop = (): void => {
      timedOut = true;
      child.kill("SIGKILL");
    };
    const timer = limit === Infinity ? undefined : setTimeout(stop, limit);
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const failure = timedOut
        ? `It did not end within ${limit} ms and was stopped.`
        : failureOf(code, signal);
      resolve({ code: code ?? undefined, stdout, stderr, ...(failure === undefined ? {} : { failure }) });
    });
  });
}

function failureOf(code: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (code === 0) return undefined;
  if (code === null) return `It was ended by ${signal ?? "a signal"}.`;
  if (code === unsettled)
    return "Its top-level await never settled (exit code 13): what it waits for cannot come.";
  return `It failed with exit code ${code}.`;
}
