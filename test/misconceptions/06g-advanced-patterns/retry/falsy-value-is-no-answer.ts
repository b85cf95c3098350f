/**
 * The value is tested for being truthy, so an attempt that gives 0 or undefined is taken for a failed one.
 *
 * @fails any value is an answer, 0 and undefined, too
 */
import { sleep } from "yieldpoint";

export interface RetryOptions {
  attempts: number;
  backoff: (attempt: number) => number;
  when?: (error: unknown) => boolean;
  signal?: AbortSignal;
}

export async function retry<T>(
  task: () => T | PromiseLike<T>,
  { attempts, backoff, when, signal }: RetryOptions,
): Promise<T> {
  signal?.throwIfAborted();
  let last: unknown;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (attempt > 1) await sleep(backoff(attempt - 1), { signal });
    try {
      const value = await task();
      if (value) return value;
    } catch (error) {
      if (when?.(error) === false) throw error;
      last = error;
    }
  }
  throw last;
}
