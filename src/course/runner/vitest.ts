import { availableParallelism } from "node:os";
import { Writable } from "node:stream";
import type { Plugin } from "vite";
import { createVitest } from "vitest/node";
import type { PoolRunnerInitializer, TestSpecification, Vitest } from "vitest/node";
import { exerciseOptions, packageResolution } from "./settings.ts";
import { ExerciseWorker } from "./worker.ts";
import type { Workers } from "./worker.ts";

export interface VitestOptions {
  readonly root: string;
  readonly plugin: Plugin;
  readonly workers: Workers;
  readonly onUnhandledError: (error: unknown) => void;
}

/** The only place that starts Vitest: from version 5 on `createVitest` takes no mode. */
export async function startVitest(options: VitestOptions): Promise<Vitest> {
  const pool: PoolRunnerInitializer = {
    name: "exercises",
    createPoolWorker: (poolOptions) => new ExerciseWorker(poolOptions, options.workers),
  };
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  return keepSignals(() =>
    createVitest(
      "test",
      {
        ...exerciseOptions,
        root: options.root,
        config: false,
        watch: false,
        cache: false,
        api: false,
        include: [],
        reporters: [{}],
        disableConsoleIntercept: true,
        pool,
        maxWorkers: availableParallelism(),
        onUnhandledError: (error) => options.onUnhandledError(error),
      },
      { ...packageResolution, plugins: [options.plugin] },
      { stdout: nowhere, stderr: nowhere },
    ),
  );
}

/** Vitest sets the exit code of its process after each failed run; the tool has its own. */
export async function runSpecifications(vitest: Vitest, specifications: TestSpecification[]): Promise<void> {
  const { exitCode } = process;
  try {
    await vitest.runTestSpecifications(specifications);
  } finally {
    process.exitCode = exitCode;
  }
}

/** Vitest ends its process on signals and unhandled rejections; here both are for the tool to decide. */
function keepSignals<T>(start: () => T): T {
  const added: (() => void)[] = [];
  const note = (event: string | symbol, listener: () => void): void => {
    if (typeof event === "string" && signals.includes(event)) added.push(() => process.off(event, listener));
  };
  process.on("newListener", note);
  // The listeners are added before the first `await` in there, so nobody else's are meant.
  const result = start();
  process.off("newListener", note);
  for (const remove of added) remove();
  return result;
}

const signals = ["SIGINT", "SIGTERM", "exit", "unhandledRejection"];
