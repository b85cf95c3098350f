import { performance } from "node:perf_hooks";
import { TestRunner, type RunnerTestCase } from "vitest";

// Read before a test puts a fake clock in their place.
const { setInterval, clearInterval } = globalThis;

/** Milliseconds between two looks at the event loop. */
const period = 40;
/** At so many looks in a row it has done nothing. */
const limit = 4;

/**
 * Fails a test as soon as nothing can settle its promise any more: the event loop does nothing, and no child process runs. Many mutants make
 * a test wait for ever, and its timeout would be spent for each; a short timeout would fail tests that are merely slow on a busy machine.
 */
export default class HangDetector extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const hang = new Promise<never>((_resolve, reject) => {
      let last = performance.eventLoopUtilization();
      let idle = 0;
      timer = setInterval(() => {
        const now = performance.eventLoopUtilization();
        const { utilization } = performance.eventLoopUtilization(now, last);
        last = now;
        const waits = utilization < 0.2 && !process.getActiveResourcesInfo().includes("ProcessWrap");
        idle = waits ? idle + 1 : 0;
        if (idle === limit) reject(new Error("the test hangs"));
      }, period);
    });
    try {
      await Promise.race([TestRunner.getTestFn(test)(), hang]);
    } finally {
      clearInterval(timer);
    }
  }
}
