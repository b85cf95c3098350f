/**
 * `attempts` is taken for the number of repetitions, so the task is called once more than it may be.
 *
 * @fails when all attempts have failed, the last error is the answer
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
  for (let retries = 0; ; retries++) {
    try {
      return await task();
    } catch (error) {
      if (retries === attempts || when?.(error) === false) throw error;
    }
    await sleep(backoff(retries + 1), { signal });
  }
}
