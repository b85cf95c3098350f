import { statSync } from "node:fs";
import type { TestSpecification, Vitest } from "vitest/node";
import type { RunOptions, RunRequest, Runner, Verdict } from "../verdict.ts";
import { jobId, tokenOf, toJob } from "./ids.ts";
import type { Job } from "./ids.ts";
import { judge } from "./judge.ts";
import type { ThrownError } from "./messages.ts";
import { exercisePlugin } from "./plugin.ts";
import { runSpecifications, startVitest } from "./vitest.ts";
import type { WorkerEnd, Workers } from "./worker.ts";

interface RunnerOptions {
  /** The folder that holds `exercises/`. */
  readonly root: string;
}

/** Starts one Vitest that stays, so that a saved file has its verdict in a fraction of a second. */
export async function createRunner({ root }: RunnerOptions): Promise<Runner> {
  const jobs = new Map<string, Job>();
  const stamps = new Map<string, string>();
  const unhandled = new Map<string, ThrownError[]>();
  let onWorkerEnd: ((end: WorkerEnd) => void) | undefined;
  const workers: Workers = { alive: new Set(), closed: false, onEnd: (end) => onWorkerEnd?.(end) };
  let queue: Promise<unknown> = Promise.resolve();

  const vitest = await startVitest({
    root,
    workers,
    plugin: exercisePlugin({ root, jobs, onRead: (file) => void stamps.set(file, stampOf(file)) }),
    onUnhandledError(error) {
      const token = tokenOf(Reflect.get(Object(error), "VITEST_TEST_PATH") ?? "");
      if (token !== undefined) unhandled.set(token, [...(unhandled.get(token) ?? []), Object(error)]);
    },
  });
  const killAll = (): void => workers.alive.forEach((child) => child.kill("SIGKILL"));
  process.on("exit", killAll);

  async function runNow(requests: readonly RunRequest[], options: RunOptions): Promise<Verdict[]> {
    const asked = requests.map((request) => toJob(root, request));
    jobs.clear();
    unhandled.clear();
    for (const job of asked) jobs.set(job.token, job);
    forgetChanged(vitest, stamps);

    const project = vitest.getRootProject();
    const specifications = new Map<string, TestSpecification>();
    for (const { token, spec } of jobs.values()) {
      specifications.set(token, project.createSpecification(jobId(spec, token)));
    }
    const verdicts = new Map<string, Verdict>();
    const conclude = (token: string, end: WorkerEnd): void => {
      const job = jobs.get(token);
      if (job === undefined || verdicts.has(token)) return;
      const verdict = judge({
        job,
        end,
        module: specifications.get(token)?.testModule,
        unhandled: unhandled.get(token) ?? [],
      });
      verdicts.set(token, verdict);
      options.onVerdict?.(verdict);
    };
    onWorkerEnd = (end) => conclude(tokenOf(end.moduleId ?? "") ?? "", end);
    await runSpecifications(vitest, [...specifications.values()]);
    return asked.map(({ token }) => {
      conclude(token, neverStarted);
      const verdict = verdicts.get(token);
      if (verdict === undefined) throw new Error(`No verdict for ${token}`);
      return verdict;
    });
  }

  return {
    run(requests, options = {}) {
      const result = queue.then(() => runNow(requests, options));
      queue = result.catch(() => {});
      return result;
    },
    async close() {
      workers.closed = true;
      killAll();
      await queue;
      await vitest.close();
      process.off("exit", killAll);
    },
  };
}

const neverStarted: WorkerEnd = {
  moduleId: undefined,
  reports: [],
  output: "",
  duration: 0,
  error: new Error("their process did not start"),
};

/** Vitest keeps what it has read: what belongs to an answer is read anew in every run, the rest once it changed. */
function forgetChanged(vitest: Vitest, stamps: ReadonlyMap<string, string>): void {
  for (const { moduleGraph } of Object.values(vitest.getRootProject().vite.environments)) {
    for (const module of moduleGraph.idToModuleMap.values()) {
      const { id, file } = module;
      if (id === null || file === null || module.transformResult === null) continue;
      const stamp = stamps.get(file);
      if (tokenOf(id) !== undefined || (stamp !== undefined && stamp !== stampOf(file))) {
        moduleGraph.invalidateModule(module);
      }
    }
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}
