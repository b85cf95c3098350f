import { Run, type Host } from "../combine/run.ts";
import { onAbort } from "../core/abort-hub.ts";
import { checkFunction, checkNumber, checkWhole } from "../core/check.ts";
import { sourceOf } from "../core/scope.ts";
import { call, type AbortOptions, type Task } from "../core/task.ts";
import { startTimer } from "../core/timer.ts";
import { checkBudget, type RetryBudget } from "./retry-budget.ts";

/** When `hedge` starts another copy. */
export interface HedgeOptions extends AbortOptions {
  /** How long the newest copy runs before the next one starts beside it, in milliseconds; Infinity: only a failure starts one. */
  readonly delay: number;
  /** How many calls are made at most, the first included; an integer of at least 1. Default: 2. */
  readonly max?: number | undefined;
  /** Limits the further copies of all calls that share it; where it is spent, no more are started. */
  readonly budget?: RetryBudget | undefined;
}

/** Looks at options, and gives them back. */
export function checkHedge<O extends HedgeOptions>(options: O): O {
  const { delay, max = 1, budget } = options;
  checkNumber("hedge: delay", delay);
  checkWhole("hedge: max", max);
  checkBudget("hedge: budget", budget);
  return options;
}

/**
 * Calls a slow task a second time while the first call still runs, and takes the result that comes first.
 *
 * Another copy starts when the newest has run for `delay` without an end, and at once when one fails. The first result wins, also where
 * it is due with the delay; the other copies' signals abort then, and what they do later is ignored. A failure counts only if
 * all copies fail. Use it for what may safely be done twice.
 *
 * @param task what to call; its context's `attempt` is the copy's number, from 1
 * @param options `delay`: milliseconds before the next copy; `max`: calls at most, default 2; `budget`: shared with other calls, asked before
 * each further copy; `signal`: gives up, telling all copies
 * @returns the value of the first copy to succeed
 * @throws the failure of the last copy to fail, when all did; `signal.reason` when aborted; TypeError or RangeError for bad options or
 * a task that is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { hedge, sleep } from "yieldpoint";
 *
 * const answer = await hedge(
 *   async ({ attempt, signal }) => {
 *     await sleep(attempt === 1 ? 60_000 : 1, { signal });
 *     return `copy ${attempt}`;
 *   },
 *   { delay: 5 },
 * );
 * assert.equal(answer, "copy 2");
 * ```
 */
export async function hedge<T>(task: Task<T>, options: HedgeOptions): Promise<T> {
  return launch(task, options, checkHedge(options));
}

/** @param caller who tells of an abort */
export function launch<T>(
  task: Task<T>,
  caller: AbortOptions,
  { delay, max = 2, budget }: HedgeOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    checkFunction("hedge: task", task);
    const running = new Set<Run>();
    /** How many copies may be started in all; 0 once no more are. */
    let most = max;
    let failure: unknown;
    /** How many copies are to start. */
    let due = 0;
    let wake = (): void => {};

    const next = (): void => {
      due++;
      wake();
    };
    /** Leaves the copies that still run, and tells them. */
    const end = (reason?: unknown): void => {
      most = 0;
      leave();
      wake();
      for (const run of running) {
        run.leave();
        run.abort(reason);
      }
    };
    const endIfAllFailed = (): void => {
      if (most > 0 || running.size > 0) return;
      reject(failure);
      end();
    };
    const host: Host = {
      onValue(value, run) {
        running.delete(run);
        resolve(value as T);
        end();
      },
      onError(error, run) {
        running.delete(run);
        failure = error;
        next();
        endIfAllFailed();
      },
    };
    const leave = onAbort(sourceOf(caller), (reason) => {
      reject(reason);
      end(reason);
    });
    budget?.deposit();

    // A loop, and no start where a failure is heard of: whose AsyncLocalStorage context that is depends on the task's promise.
    const start = async (): Promise<void> => {
      for (let attempt = 1; ; attempt++) {
        const run = new Run(host, attempt, attempt);
        running.add(run);
        run.follow(call(task, run));
        // The task may have aborted the caller's signal as it started.
        if (most === 0) run.leave();
        if (attempt >= most) break;
        if (due === 0) {
          await new Promise<void>((go) => {
            const cancel = startTimer(delay, next);
            wake = () => {
              cancel();
              go();
            };
          });
        }
        due--;
        if (most === 0 || budget?.tryWithdraw() === false) break;
      }
      most = 0;
      endIfAllFailed();
    };
    start().catch((error: unknown) => {
      // Of a budget that throws.
      reject(error);
      end(error);
    });
  });
}
