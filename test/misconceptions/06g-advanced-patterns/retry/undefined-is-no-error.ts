/**
 * Whether the attempt failed is read off the error, so a rejection with undefined passes for a success.
 *
 * @fails a task that rejects with undefined has failed
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
    let value: T | undefined;
    let failure: unknown;
    try {
      value = await task();
    } catch (error) {
      failure = error;
    }
    if (!failure) return value as T;
    if (attempt === attempts || when?.(failure) === false) throw failure;
    await sleep(backoff(attempt), { signal });
  }
}
