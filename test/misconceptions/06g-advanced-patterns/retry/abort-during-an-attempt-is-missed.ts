/**
 * The wait listens for an abort to come, but a signal that aborted while the attempt was running sends no event any more.
 *
 * @fails after an abort during an attempt there is no wait and no further call
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
  signal?.throwIfAborted();
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      if (attempt === attempts || when?.(error) === false) throw error;
    }
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, backoff(attempt));
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    });
  }
}
