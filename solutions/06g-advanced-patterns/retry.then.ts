// The same without async and await: a chain that grows by one link for each failure.

export interface RetryOptions {
  attempts: number;
  backoff: (attempt: number) => number;
  when?: (error: unknown) => boolean;
  signal?: AbortSignal;
}

export function retry<T>(
  task: () => T | PromiseLike<T>,
  { attempts, backoff, when, signal }: RetryOptions,
): Promise<T> {
  if (signal?.aborted) return Promise.reject(signal.reason);

  const call = (attempt: number): Promise<T> =>
    Promise.resolve()
      .then(task)
      .catch((error: unknown) => {
        if (attempt === attempts || when?.(error) === false) throw error;
        return wait(backoff(attempt), signal).then(() => call(attempt + 1));
      });
  return call(1);
}

/** A wait that a signal can end: whichever comes first takes the other away. */
function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", giveUp);
      resolve();
    }, ms);
    const giveUp = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    if (signal?.aborted) giveUp();
    else signal?.addEventListener("abort", giveUp, { once: true });
  });
}
