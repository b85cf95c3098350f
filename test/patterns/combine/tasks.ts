import { sleep, type Task } from "yieldpoint";

/** A task that gives its time, unless it is told to stop, and notes its signal. */
export function nap(ms: number, signals: AbortSignal[] = []): Task<number> {
  return async ({ signal }) => {
    signals.push(signal);
    await sleep(ms, { signal });
    return ms;
  };
}

/** A task that fails after that time, unless it is told to stop. */
export function failAfter(ms: number, error: unknown): Task<never> {
  return async ({ signal }) => {
    await sleep(ms, { signal });
    throw error;
  };
}

/** A task that fails after that time, whatever it is told. */
export function failAnyway(ms: number, error: unknown): Task<never> {
  return async () => {
    await sleep(ms);
    throw error;
  };
}
