import { promisify } from "node:util";
import * as real from "./real.ts";
import { toDelay, type ArmOptions, type TimerQueue, type VirtualTimer } from "./timer-queue.ts";

type Callback = (...args: unknown[]) => void;

interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Virtual counterparts of Node's timer functions, by their names. */
export interface Fakes {
  readonly globals: Readonly<Record<string, unknown>>;
  readonly promises: Readonly<Record<string, unknown>>;
  readonly scheduler: Readonly<Record<string, unknown>>;
  readonly abortSignalTimeout: (delay: number) => AbortSignal;
}

export function createFakes(queue: TimerQueue): Fakes {
  function setTimeout(callback: Callback, delay?: number, ...args: unknown[]): VirtualTimer {
    const run = bind(callback, args);
    return queue.arm({ kind: "setTimeout", callback: run, delay: toDelay(delay), below: setTimeout });
  }

  function setInterval(callback: Callback, delay?: number, ...args: unknown[]): VirtualTimer {
    const run = bind(callback, args);
    const period = toPeriod(delay);
    return queue.arm({ kind: "setInterval", callback: run, delay: period, repeat: true, below: setInterval });
  }

  function setImmediate(callback: Callback, ...args: unknown[]): VirtualTimer {
    const run = bind(callback, args);
    return queue.arm({ kind: "setImmediate", callback: run, delay: 0, below: setImmediate });
  }

  // Timers from before the installation may be cleared while it lasts.
  function clearTimeout(handle?: NodeJS.Timeout | string | number): void {
    const timer = queue.find(handle);
    if (timer === undefined) real.clearTimeout(handle);
    else timer.close();
  }

  function clearImmediate(handle?: NodeJS.Immediate): void {
    const timer = queue.find(handle);
    if (timer === undefined) real.clearImmediate(handle);
    else timer.close();
  }

  function sleep(delay?: number, value?: unknown, options?: WaitOptions): Promise<unknown> {
    return wait(queue, { kind: "setTimeout", delay: toDelay(delay), below: sleep }, value, options);
  }

  function turn(value?: unknown, options?: WaitOptions): Promise<unknown> {
    return wait(queue, { kind: "setImmediate", delay: 0, below: turn }, value, options);
  }

  function abortSignalTimeout(delay: number): AbortSignal {
    const controller = new AbortController();
    const callback = (): void => {
      controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    };
    const kind = "AbortSignal.timeout";
    queue.arm({ kind, callback, delay: toDelay(delay), below: abortSignalTimeout }).unref();
    return controller.signal;
  }

  Object.defineProperty(setTimeout, promisify.custom, { value: sleep });
  Object.defineProperty(setImmediate, promisify.custom, { value: turn });
  return {
    globals: {
      setTimeout,
      setInterval,
      setImmediate,
      clearTimeout,
      clearInterval: clearTimeout,
      clearImmediate,
    },
    promises: {
      setTimeout: sleep,
      setImmediate: turn,
      setInterval: (delay?: number, value?: unknown, options?: WaitOptions) =>
        ticks(queue, toPeriod(delay), value, options),
    },
    scheduler: {
      wait: (delay?: number, options?: WaitOptions) => sleep(delay, undefined, options),
      yield: () => turn(),
    },
    abortSignalTimeout,
  };
}

/** `timers/promises`: rejects as Node does, with an AbortError whose cause is the signal's reason. */
function wait(
  queue: TimerQueue,
  options: Omit<ArmOptions, "callback">,
  value: unknown,
  { signal }: WaitOptions = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortError(signal));
      return;
    }
    const onAbort = (): void => {
      timer.close();
      reject(abortError(signal));
    };
    const callback = (): void => {
      signal?.removeEventListener("abort", onAbort);
      resolve(value);
    };
    const timer = queue.arm({ ...options, callback });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

async function* ticks(
  queue: TimerQueue,
  period: number,
  value: unknown,
  { signal }: WaitOptions = {},
): AsyncGenerator<unknown, void> {
  const isAborted = (): boolean => signal?.aborted === true;
  if (isAborted()) throw abortError(signal);
  let owed = 0;
  let wake: (() => void) | undefined;
  const callback = (): void => {
    owed++;
    wake?.();
  };
  const onAbort = (): void => {
    timer.close();
    wake?.();
  };
  const timer = queue.arm({ kind: "setInterval", callback, delay: period, repeat: true, below: ticks });
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    while (!isAborted()) {
      if (owed === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      for (; owed > 0; owed--) yield value;
    }
    throw abortError(signal);
  } finally {
    timer.close();
    signal?.removeEventListener("abort", onAbort);
  }
}

/** An interval of 0 would fire forever at one instant. */
function toPeriod(delay: unknown): number {
  return Math.max(1, toDelay(delay));
}

function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error("The operation was aborted", { cause: signal?.reason });
  error.name = "AbortError";
  return Object.assign(error, { code: "ABORT_ERR" });
}

function bind(callback: Callback, args: readonly unknown[]): () => void {
  if (typeof callback === "function") return () => callback(...args);
  const error = new TypeError(
    `The "callback" argument must be of type function. Received ${String(callback)}`,
  );
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}
