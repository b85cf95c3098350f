import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { createInterface } from "node:readline";
import { ForksPoolWorker } from "vitest/node";
import type { PoolOptions, WorkerRequest } from "vitest/node";
import type { WorkerReport } from "./report.ts";
import { reportVariable } from "./report.ts";

/** How a worker's run of one spec ended. */
export interface WorkerEnd {
  /** The spec that it ran, as Vitest names it; undefined if it never got one. */
  readonly moduleId: string | undefined;
  readonly reports: readonly WorkerReport[];
  /** What was written past `console`, and what the runtime said when it died. */
  readonly output: string;
  /** Real milliseconds since the spec was handed over. */
  readonly duration: number;
  /** Vitest's own error, where the run itself failed. */
  readonly error?: unknown;
  /** Set if the process ended before it was asked to. */
  readonly death?: { readonly code: number | null; readonly signal: NodeJS.Signals | null };
}

const outputLimit = 20_000;
const reportFd = 4;

// What a worker answers when it is asked to start or to stop: said for one that is gone, lest Vitest wait a minute.
const notStarted = {
  __vitest_worker_response__: true,
  type: "started",
  error: new Error("The worker ended."),
};
const stopped = { __vitest_worker_response__: true, type: "stopped" };

/** The workers of one runner. */
export interface Workers {
  readonly alive: Set<ChildProcess>;
  /** Set at the end, from when on no more of them start. */
  closed: boolean;
  readonly onEnd: (end: WorkerEnd) => void;
}

/**
 * Vitest's forked worker, with what it leaves out: how the process ended, what it said last, and an end that
 * nothing can refuse.
 */
export class ExerciseWorker extends ForksPoolWorker {
  override readonly name = "exercises";
  readonly #workers: Workers;
  readonly #events = new EventEmitter();
  #child: ChildProcess | undefined;
  #moduleId: string | undefined;
  #startedAt = 0;
  #reports: WorkerReport[] = [];
  #output = "";
  #ended = false;

  constructor(options: PoolOptions, workers: Workers) {
    super(options);
    this.#workers = workers;
  }

  override async start(): Promise<void> {
    if (this.#child !== undefined) return;
    if (this.#workers.closed) throw new Error("The runner is closed.");
    const child = fork(this.entrypoint, [], {
      env: { ...this.env, [reportVariable]: String(reportFd) },
      execArgv: this.execArgv,
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      serialization: "advanced",
    });
    this.#child = child;
    this.#workers.alive.add(child);
    const collect = (chunk: Buffer): void =>
      void (this.#output = (this.#output + chunk.toString()).slice(-outputLimit));
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    const reports = child.stdio[reportFd];
    if (reports instanceof Readable) {
      createInterface({ input: reports }).on("line", (line) => {
        const report: WorkerReport = JSON.parse(line);
        this.#reports.push(report);
      });
    }
    child.on("error", (error) => this.#events.emit("error", error));
    child.on("message", (message: unknown) => {
      if (!isFinished(message)) {
        this.#events.emit("message", message);
        return;
      }
      // What the spec printed lies in its pipes already: let it be read first.
      setImmediate(() =>
        setImmediate(() => {
          this.#end(message.error === undefined ? {} : { error: message.error });
          this.#events.emit("message", message);
        }),
      );
    });
    child.once("exit", (code, signal) => {
      this.#workers.alive.delete(child);
      const end = (): void => {
        clearTimeout(patience);
        child.off("close", end);
        this.#end({ death: { code, signal } });
        this.#events.emit("exit", code);
        this.#events.emit("message", notStarted);
        this.#events.emit("message", stopped);
      };
      // Only at "close" has all arrived that the process wrote; a grandchild can hold its pipes open for ever.
      const patience = setTimeout(end, 500);
      child.once("close", end);
    });
  }

  override on(event: string, callback: (argument: unknown) => void): void {
    this.#events.on(event, callback);
  }

  override off(event: string, callback: (argument: unknown) => void): void {
    this.#events.off(event, callback);
  }

  override send(message: WorkerRequest): void {
    if (message.type === "run") {
      this.#moduleId = message.context.files[0]?.filepath;
      this.#startedAt = performance.now();
    }
    if (this.#child?.connected === true) this.#child.send(message, () => {});
    else if (message.type === "stop") setImmediate(() => this.#events.emit("message", stopped));
  }

  override async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    const force = setTimeout(() => child.kill("SIGKILL"), 500);
    await exited;
    clearTimeout(force);
  }

  #end(how: Pick<WorkerEnd, "error" | "death">): void {
    if (this.#ended) return;
    this.#ended = true;
    const duration = performance.now() - this.#startedAt;
    this.#workers.onEnd({
      moduleId: this.#moduleId,
      reports: this.#reports,
      output: this.#output,
      duration,
      ...how,
    });
  }
}

function isFinished(message: unknown): message is { readonly error?: unknown } {
  return (
    typeof message === "object" &&
    message !== null &&
    "type" in message &&
    message.type === "testfileFinished"
  );
}
