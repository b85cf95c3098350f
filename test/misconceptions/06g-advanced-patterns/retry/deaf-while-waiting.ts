/**
 * The signal is looked at between the attempts, but the wait itself does not hear it.
 *
 * @fails an abort during a wait ends it at once
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
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await task();
    } catch (error) {
      if (attempt === attempts || when?.(error) === false) throw error;
    }
    await sleep(backoff(attempt));
  }
}
