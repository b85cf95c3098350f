/**
 * When the signal aborted during an attempt, the error of that attempt is thrown, not the reason of the abort.
 *
 * @fails after an abort during an attempt there is no wait and no further call
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
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      if (attempt === attempts || signal?.aborted || when?.(error) === false) throw error;
    }
    await sleep(backoff(attempt), { signal });
  }
}
