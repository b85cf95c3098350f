/**
 * `when` is not asked, so failures that will not go away are repeated like the others.
 *
 * @fails a failure that is not worth it is not repeated
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
  { attempts, backoff, signal }: RetryOptions,
): Promise<T> {
  signal?.throwIfAborted();
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      if (attempt === attempts) throw error;
    }
    await sleep(backoff(attempt), { signal });
  }
}
