/**
 * The wait is raced against the abort, but its timer is not cleared when the abort comes first.
 *
 * @fails an abort during a wait ends it at once
 * @fails after an abort during an attempt there is no wait and no further call
 * @fails with a signal that has aborted before, no call is made
 */
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
    try {
      return await task();
    } catch (error) {
      if (attempt === attempts || when?.(error) === false) throw error;
    }
    await new Promise<void>((resolve, reject) => {
      setTimeout(resolve, backoff(attempt));
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }
}
