/**
 * The first error is kept for the end, although the last one tells how things stand now.
 *
 * @fails when all attempts have failed, the last error is the answer
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
  { attempts, backoff, when, signal }: RetryOptions,
): Promise<T> {
  signal?.throwIfAborted();
  let first: unknown;
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      first ??= error;
      if (attempt === attempts || when?.(error) === false) throw first;
    }
    await sleep(backoff(attempt), { signal });
  }
}
