/**
 * The wait stands in the loop's body whatever comes next, so it is also made after the last attempt.
 *
 * @fails there is no wait after the last attempt
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
    try {
      return await task();
    } catch (error) {
      if (when?.(error) === false) throw error;
      last = error;
      await sleep(backoff(attempt), { signal });
    }
  }
  throw last;
}
