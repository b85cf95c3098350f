/**
 * The first attempt stands before the loop and does not ask whether it is the last, so with `attempts: 1` there are two.
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
  try {
    return await task();
  } catch (error) {
    if (when?.(error) === false) throw error;
  }
  for (let attempt = 2; ; attempt++) {
    await sleep(backoff(attempt - 1), { signal });
    try {
      return await task();
    } catch (error) {
      if (attempt >= attempts || when?.(error) === false) throw error;
    }
  }
}
