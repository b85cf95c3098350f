import { oneOf, show } from "../core/check.ts";
import type { AbortOptions, Task } from "../core/task.ts";
import type { ResultOf } from "./run-all.ts";
import type { Host, Run } from "./run.ts";
import { startAll } from "./start-all.ts";
import { takeAll } from "./take.ts";

/** How long `wait` waits. */
export interface WaitOptions extends AbortOptions {
  /** For all to end, for the first to end, or for the first to fail (for all, if none does). Default: "all-completed". */
  readonly until?: "all-completed" | "first-completed" | "first-exception" | undefined;
}

/** How a task ended, and which one it is. */
export type Done<T> = { readonly index: number } & PromiseSettledResult<T>;

/** What had ended and what had not when the wait was over, both in the order of the tasks. */
export interface Waited<T> {
  readonly done: Done<T>[];
  /** Each can be awaited, or waited for again; a failure that nobody awaits is no unhandled rejection. */
  readonly pending: { readonly index: number; readonly promise: Promise<T> }[];
  /** Tells the tasks in `pending` to stop, with the reason, or the platform's AbortError. A promise that was given cannot be told. */
  readonly cancel: (reason?: unknown) => void;
}

/** What `wait` takes. */
export type Waitable<T> = Task<T> | PromiseLike<T>;

/**
 * Starts tasks at once and waits until all, or the first, have ended; the others go on, and are given as promises.
 *
 * It never rejects with a task's failure: each end stands in `done`.
 *
 * @param tasks any iterable of tasks and promises; with none, there is nothing to wait for
 * @param options `until`: "all-completed" (default), "first-completed" or "first-exception"; `signal`: gives up, telling all tasks
 * @returns `done`: `{ index, status: "fulfilled", value }` or `{ index, status: "rejected", reason }`; `pending`: `{ index, promise }`;
 * `cancel(reason)`: tells the tasks in `pending` to stop, also those that have ended since
 * @throws `signal.reason` when aborted; TypeError for what is neither a task nor a promise, or another `until`
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sleep, wait } from "yieldpoint";
 *
 * const mirror = (ms: number) => async ({ signal }: { signal: AbortSignal }) => { await sleep(ms, { signal }); return ms; };
 * const { done, pending, cancel } = await wait([mirror(60_000), mirror(1)], { until: "first-completed" });
 * assert.deepEqual(done, [{ index: 1, status: "fulfilled", value: 1 }]);
 * cancel(new Error("no longer needed"));
 * for (const { promise } of pending) await assert.rejects(promise, /no longer needed/);
 * ```
 */
export function wait<T>(tasks: Iterable<Waitable<T>>, options?: WaitOptions): Promise<Waited<T>>;
// For tasks that differ in what they give.
export function wait<W extends Waitable<unknown>>(
  tasks: Iterable<W>,
  options?: WaitOptions,
): Promise<Waited<ResultOf<W>>>;
export function wait(
  tasks: Iterable<Waitable<unknown>>,
  { until = "all-completed", signal }: WaitOptions = {},
): Promise<Waited<unknown>> {
  return new Promise((resolve, reject) => {
    oneOf("all-completed", "first-completed", "first-exception")("wait: until", until);
    const list = takeAll("wait", "functions or promises", tasks);
    for (let index = 0; index < list.length; index++) checkWaitable(index, list[index]);

    const runs: Run[] = [];
    const ends = new Map<Run, PromiseSettledResult<unknown>>();
    const tell = (reason?: unknown): void => {
      for (const run of runs) if (!ends.has(run)) run.abort(reason);
    };
    const finish = (): void => {
      leave();
      const waited: Waited<unknown> = { done: [], pending: [], cancel: tell };
      for (const run of runs) {
        const { index } = run;
        const ended = ends.get(run);
        if (ended) waited.done.push({ index, ...ended });
        else waited.pending.push({ index, promise: run.promise as Promise<unknown> });
      }
      resolve(waited);
    };
    const host: Host = {
      onValue(value, run) {
        ends.set(run, { status: "fulfilled", value });
        if (until === "first-completed" || ends.size === list.length) finish();
      },
      onError(reason, run) {
        ends.set(run, { status: "rejected", reason });
        if (until !== "all-completed" || ends.size === list.length) finish();
      },
    };
    const leave = startAll(list, runs, signal, host, (reason) => {
      reject(reason);
      tell(reason);
    });
    if (list.length === 0) finish();
  });
}

function checkWaitable(index: number, value: unknown): void {
  if (typeof value === "function" || typeof (value as PromiseLike<unknown> | null)?.then === "function")
    return;
  throw new TypeError(`wait: task ${index} must be a function or a promise, got ${show(value)}`);
}
