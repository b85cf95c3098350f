import { writeSync } from "node:fs";
import * as inspector from "node:inspector";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { beforeAll, beforeEach } from "vitest";
import { reportVariable } from "./report.ts";
import type { WorkerReport } from "./report.ts";
import { watch } from "./watchdog-thread.ts";
import type { WatchdogData } from "./watchdog-thread.ts";

// The setup file of every exercise: it starts the watchdog before the answer is loaded, on real timers, and
// tells the runner which test is running in a way that survives the end of this process.
const given = process.env[reportVariable];
const reportFd = given === undefined ? undefined : Number(given);
const shared = Symbol.for("yieldpoint.watchdog");

if (!Reflect.has(globalThis, shared)) {
  const cells = new Int32Array(new SharedArrayBuffer(16));
  Reflect.set(globalThis, shared, cells);
  const beat = (): void => {
    Atomics.store(cells, 1, inspector.url() === undefined ? 0 : 1);
    Atomics.add(cells, 0, 1);
  };
  beat();
  setInterval(beat, 50).unref();
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

  const data: WatchdogData = {
    cells: cells.buffer,
    packageFolder: fileURLToPath(new URL("../../", import.meta.url)),
    root: process.cwd(),
    reportFd,
  };
  const modules = ["fs", "inspector", "module", "path", "url"].map(
    (name) => `${name}: require("node:${name}")`,
  );
  const text = `(${watch.toString()})({ ${modules.join(", ")} }, require("node:worker_threads").workerData);`;
  new Worker(text, { eval: true, workerData: data, execArgv: [] }).unref();
}

const cells: Int32Array = Reflect.get(globalThis, shared);
Atomics.store(cells, 3, 1);
beforeAll(() => void Atomics.store(cells, 3, 0));

if (reportFd !== undefined) {
  const report = (line: WorkerReport): void => void writeSync(reportFd, `${JSON.stringify(line)}\n`);
  beforeEach(({ task, onTestFinished }) => {
    report({ type: "test-started", id: task.id });
    onTestFinished(({ task: { id, result } }) => {
      const message = result?.errors?.[0]?.message;
      const failed = result?.state === "fail";
      report({ type: "test-ended", id, failed, ...(message === undefined ? {} : { message }) });
    });
  });
}
