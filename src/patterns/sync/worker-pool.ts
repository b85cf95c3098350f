import { mapConcurrent } from "../combine/map-concurrent.ts";
import { check, checkFunction, checkWhole } from "../core/check.ts";
import type { AbortOptions, TaskContext } from "../core/task.ts";
import { AsyncQueue } from "./async-queue.ts";

/** How a worker pool works. */
export interface WorkerPoolOptions extends AbortOptions {
  /** How many workers there are; an integer of at least 1. */
  readonly concurrency: number;
}

/**
 * Runs workers over a queue, each with one item after the other, until the queue is closed and empty.
 *
 * At the first failure the other workers' signal aborts with that error; the promise rejects once they are over. Whatever was taken
 * out of the queue has been given to a worker, the rest is still in it; to go on after a failure, catch it in the worker.
 *
 * @param queue where the items come from; it is not closed by the pool, and others may take from it too
 * @param worker called with an item and a context, whose `signal` all workers share; it should stop when that aborts
 * @param options `concurrency`: how many workers; `signal`: gives up, telling all workers
 * @throws the first failure of the worker; `signal.reason` when aborted, once the workers are over; TypeError for a queue that is no
 * AsyncQueue or a worker that is no function; TypeError or RangeError for a `concurrency` that is no integer >= 1
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { AsyncQueue, sleep, workerPool } from "yieldpoint";
 *
 * const mails = new AsyncQueue<string>({ capacity: 10 });
 * const sent: string[] = [];
 * const sending = workerPool(mails, async (mail, { signal }) => {
 *   await sleep(1, { signal });
 *   sent.push(mail);
 * }, { concurrency: 3 });
 * for (const mail of ["a", "b", "c", "d"]) await mails.put(mail);
 * mails.close();
 * await sending;
 * assert.deepEqual(sent.sort(), ["a", "b", "c", "d"]);
 * ```
 */
export async function workerPool<T>(
  queue: AsyncQueue<T>,
  worker: (item: T, context: TaskContext) => unknown,
  options: WorkerPoolOptions,
): Promise<void> {
  const { concurrency, signal } = Object(options) as WorkerPoolOptions;
  check(queue instanceof AsyncQueue, "workerPool: queue", "an AsyncQueue", queue);
  checkFunction("workerPool: worker", worker);
  checkWhole("workerPool: concurrency", concurrency);
  const workers = Array.from({ length: concurrency });
  await mapConcurrent(
    workers,
    async (_worker, _index, context) => {
      for await (const item of queue.values(context)) await worker(item, context);
    },
    { signal },
  );
}
