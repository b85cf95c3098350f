/**
 * `return task()` without await hands the promise on as it is: its rejection passes by the catch, only a throw is caught.
 *
 * @fails a task that fails twice is called a third time
 * @fails any value is an answer, 0 and undefined, too
 * @fails a task that rejects with undefined has failed
 * @fails the waits between the attempts are those of the backoff
 * @fails when all attempts have failed, the last error is the answer
 * @fails there is no wait after the last attempt
 * @fails a failure that is not worth it is not repeated
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
  signal?.throwIfAborted();
  for (let attempt = 1; ; attempt++) {
    try {
      return task();
    } catch (error) {
      if (attempt === attempts || when?.(error) === false) throw error;
    }
    await sleep(backoff(attempt), { signal });
  }
}
