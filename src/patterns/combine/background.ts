import { checkFunction, checkNumber } from "../core/check.ts";
import { channel, tell } from "../core/diagnostics.ts";
import { TimeoutError } from "../core/errors.ts";
import { Scope } from "../core/scope.ts";
import { call, type AbortOptions, type Task } from "../core/task.ts";
import { Line } from "../sync/line.ts";
import { timeout } from "../time/timeout.ts";
import { isInduced } from "./induced.ts";

/** Who hears of failures. */
export interface BackgroundOptions {
  /** Called with each task's failure. What it throws, or its promise rejects with, is ignored; `drain` waits for its promise. */
  readonly onError: (error: unknown) => unknown;
}

/** How long `drain` waits. */
export interface DrainOptions extends AbortOptions {
  /** Milliseconds, at least 0; then the tasks that still run are told to stop. Default: Infinity. */
  readonly deadline?: number | undefined;
}

/** What a background says of itself. */
export interface BackgroundStats {
  /** Tasks that run now, and failures that are being handled. */
  readonly running: number;
}

/** Runs tasks that nobody waits for. */
export interface Background {
  /**
   * Starts a task at once. Its result is dropped; its failure goes to `onError`.
   *
   * @throws TypeError for a task that is no function
   */
  readonly spawn: (task: Task<unknown>) => void;
  /**
   * Waits until nothing runs any more, for what is spawned meanwhile too. At the deadline the tasks' signals abort with the
   * TimeoutError that it rejects with. An abort of `signal` ends this wait alone.
   */
  readonly drain: (options?: DrainOptions) => Promise<void>;
  readonly stats: () => BackgroundStats;
}

const backgrounds = /* @__PURE__ */ channel("background");

/**
 * Runs tasks that nobody waits for, and sees to it that none is lost: failures reach a handler, and `drain` waits for the rest.
 *
 * @param options `onError`: called with each task's failure, but not with what a task rejects with because `drain` told it to stop
 * @returns `spawn(task)`, `drain({ deadline: Infinity, signal })`, `stats()`
 * @throws TypeError for an `onError` that is no function. `drain` rejects with a TimeoutError at its deadline, and with `signal.reason`
 * when aborted; with a TypeError or RangeError for a deadline that is no number >= 0
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { background, sleep } from "yieldpoint";
 *
 * const errors: unknown[] = [];
 * const tasks = background({ onError: (error) => errors.push(error) });
 * const sent: string[] = [];
 * tasks.spawn(async () => { await sleep(1); sent.push("mail"); });
 * tasks.spawn(() => { throw new Error("no such address"); });
 * await tasks.drain({ deadline: 1_000 });
 * assert.deepEqual(sent, ["mail"]);
 * assert.match(String(errors[0]), /no such address/);
 * ```
 */
export function background({ onError }: BackgroundOptions): Background {
  checkFunction("background: onError", onError);
  /** Each with the error that it was told to stop with, if it was. */
  const running = new Map<Scope, TimeoutError | undefined>();
  // No AsyncEvent, which would tell its listeners of waits for an event that nobody has made.
  const drains = new Line();

  const stop = (deadline: number): never => {
    const error = new TimeoutError(deadline);
    for (const [scope, told] of running) {
      if (told) continue;
      running.set(scope, error);
      scope.abort(error);
    }
    throw error;
  };

  const source: Background = {
    spawn(task) {
      checkFunction("background.spawn: task", task);
      const scope = new Scope();
      running.set(scope, undefined);
      tell(backgrounds, source, "spawned");
      const end = (): void => {
        running.delete(scope);
        if (running.size === 0) drains.empty((place) => place.resolve());
      };
      call(task, scope).then(end, (error: unknown) => {
        const told = running.get(scope);
        if (told && isInduced(error, told)) {
          end();
        } else {
          tell(backgrounds, source, "failed", { error });
          call(() => onError(error), scope).then(end, end);
        }
      });
    },
    async drain({ deadline = Infinity, signal } = {}) {
      checkNumber("background.drain: deadline", deadline);
      const idle: Task<void> = (context) =>
        running.size > 0 ? drains.wait(context.signal, undefined) : undefined;
      await timeout(idle, deadline, { signal, fallback: () => stop(deadline) });
    },
    stats: () => ({ running: running.size }),
  };
  return source;
}
