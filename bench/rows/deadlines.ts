// Deadlines of the peers as one kind of function. The types say what is used of each.
import type { Peer } from "../peers.ts";
import type { Bench } from "../row.ts";

export interface TimedContext {
  readonly signal?: AbortSignal | undefined;
}

export type Timed = (context: TimedContext) => Promise<number>;

/** Makes of a task one with a deadline of so many milliseconds. */
export type WithDeadline = (bench: Bench, task: Timed, ms: number) => Promise<() => Promise<unknown>>;

export const ours: WithDeadline = async ({ library }, task, ms) => {
  const { timeout } = library;
  return () => timeout(task, ms);
};

export const none: WithDeadline = async (_, task) => () => task({});

const cockatiel: WithDeadline = async ({ load }, task, ms) => {
  interface Cockatiel {
    readonly timeout: (ms: number, strategy: string) => { execute(task: Timed): Promise<unknown> };
    readonly TimeoutStrategy: { readonly Aggressive: string };
  }
  const { timeout, TimeoutStrategy } = await load<Cockatiel>("cockatiel");
  const policy = timeout(ms, TimeoutStrategy.Aggressive);
  return () => policy.execute(task);
};

export const peers: ReadonlyMap<Peer, WithDeadline> = new Map<Peer, WithDeadline>([
  [
    "async",
    async ({ load }, task, ms) => {
      type Callback = (error: unknown, value?: unknown) => void;
      interface Async {
        asyncify(task: Timed): (callback: Callback) => void;
        timeout(task: (callback: Callback) => void, ms: number): (callback: Callback) => void;
      }
      const { default: async } = await load<{ default: Async }>("async");
      const timed = async.timeout(async.asyncify(task), ms);
      return () =>
        new Promise((resolve, reject) => timed((error, value) => (error ? reject(error) : resolve(value))));
    },
  ],
  ["cockatiel", cockatiel],
  [
    "es-toolkit",
    async ({ load }, task, ms) => {
      type WithTimeout = (task: () => Promise<number>, ms: number) => Promise<unknown>;
      const { withTimeout } = await load<{ withTimeout: WithTimeout }>("es-toolkit");
      const run = (): Promise<number> => task({});
      return () => withTimeout(run, ms);
    },
  ],
  [
    "modern-async",
    async ({ load }, task, ms) => {
      type AsyncTimeout = (task: () => Promise<number>, ms: number) => Promise<unknown>;
      const { asyncTimeout } = await load<{ asyncTimeout: AsyncTimeout }>("modern-async");
      const run = (): Promise<number> => task({});
      return () => asyncTimeout(run, ms);
    },
  ],
  [
    "p-timeout",
    async ({ load }, task, ms) => {
      type PTimeout = (promise: Promise<number>, options: { milliseconds: number }) => Promise<unknown>;
      const { default: pTimeout } = await load<{ default: PTimeout }>("p-timeout");
      return () => pTimeout(task({}), { milliseconds: ms });
    },
  ],
]);

/** By hand, with care. */
export const raceCleared: WithDeadline = async (_, task, ms) => async () => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([task({}), late]);
  } finally {
    clearTimeout(timer);
  }
};

/** By hand, as it is often seen: the timers pile up. */
export const raceLeft: WithDeadline = async (_, task, ms) => () => {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`not over after ${ms} ms`)), ms);
  });
  return Promise.race([task({}), late]);
};

/** By hand with the platform's signal, whose timer cannot be cleared. */
export const platformSignal: WithDeadline = async (_, task, ms) => async () => {
  const signal = AbortSignal.timeout(ms);
  let onAbort = (): void => {};
  const late = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([task({ signal }), late]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
};
