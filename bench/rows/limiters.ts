// Limiters of the peers as one kind of function. The types say what is used of each.
import type { Bench } from "../row.ts";
import type { Peer } from "../peers.ts";
import { keep } from "../timing.ts";

export interface WorkContext {
  readonly signal?: AbortSignal | undefined;
}

export type Work = (context: WorkContext) => Promise<number>;

/** Runs the work when there is room for it. */
export type Run = (work: Work, signal?: AbortSignal) => Promise<unknown>;

export interface Limiter {
  readonly make: (bench: Bench, concurrency: number) => Promise<Run>;
  readonly note?: string;
  readonly slow?: boolean;
  /** No more than this many at once are queued, where more would take minutes. */
  readonly most?: number;
  /** Hands the work a signal. */
  readonly signals?: boolean;
}

/** The peers' limiters; each is made once and kept. */
export const limiters: ReadonlyMap<Peer, Limiter> = new Map<Peer, Limiter>([
  [
    "async",
    {
      note: "queue(f => f(), c).pushAsync",
      make: async ({ load }, concurrency) => {
        type Worker = (work: () => Promise<number>) => Promise<number>;
        interface Async {
          asyncify(worker: Worker): object;
          queue(worker: object, concurrency: number): { pushAsync(work: Work): Promise<unknown> };
        }
        const { default: async } = await load<{ default: Async }>("async");
        const queue = keep(
          async.queue(
            async.asyncify((work) => work()),
            concurrency,
          ),
        );
        return (work) => queue.pushAsync(work);
      },
    },
  ],
  [
    "async-mutex",
    {
      note: "Semaphore.runExclusive, an array that is spliced",
      slow: true,
      most: 20_000,
      make: async ({ load }, concurrency) => {
        type Semaphore = new (permits: number) => { runExclusive: Run };
        const { Semaphore } = await load<{ Semaphore: Semaphore }>("async-mutex");
        const semaphore = keep(new Semaphore(concurrency));
        return (work) => semaphore.runExclusive(work);
      },
    },
  ],
  [
    "async-sema",
    {
      note: "acquire, try, finally release written around it",
      make: async ({ load }, concurrency) => {
        type Sema = new (permits: number) => { acquire(): Promise<unknown>; release(): void };
        const { Sema } = await load<{ Sema: Sema }>("async-sema");
        const sema = keep(new Sema(concurrency));
        return async (work) => {
          await sema.acquire();
          try {
            return await work({});
          } finally {
            sema.release();
          }
        };
      },
    },
  ],
  [
    "bottleneck",
    {
      note: "a timer for each job",
      slow: true,
      most: 300,
      make: async ({ load }, maxConcurrent) => {
        type Bottleneck = new (options: { maxConcurrent: number }) => { schedule: Run };
        const { default: Bottleneck } = await load<{ default: Bottleneck }>("bottleneck");
        const limiter = keep(new Bottleneck({ maxConcurrent }));
        return (work) => limiter.schedule(work);
      },
    },
  ],
  [
    "cockatiel",
    {
      note: "bulkhead(c, Infinity), an array that is shifted",
      slow: true,
      most: 20_000,
      signals: true,
      make: async ({ load }, concurrency) => {
        type Bulkhead = (limit: number, queue: number) => { execute: Run };
        const { bulkhead } = await load<{ bulkhead: Bulkhead }>("cockatiel");
        const policy = keep(bulkhead(concurrency, Infinity));
        return (work, signal) => policy.execute(work, signal);
      },
    },
  ],
  [
    "es-toolkit",
    {
      note: "limitAsync(f => f(), c)",
      make: async ({ load }, concurrency) => {
        type Limit = (run: (work: Work) => Promise<number>, concurrency: number) => Run;
        const { limitAsync } = await load<{ limitAsync: Limit }>("es-toolkit");
        const limited = keep(limitAsync((work) => work({}), concurrency));
        return (work) => limited(work);
      },
    },
  ],
  [
    "fastq",
    {
      note: "promise(f => f(), c).push",
      make: async ({ load }, concurrency) => {
        type Worker = (work: Work) => Promise<number>;
        interface Fastq {
          promise(worker: Worker, concurrency: number): { push(work: Work): Promise<unknown> };
        }
        const { default: fastq } = await load<{ default: Fastq }>("fastq");
        const queue = keep(fastq.promise((work) => work({}), concurrency));
        return (work) => queue.push(work);
      },
    },
  ],
  [
    "modern-async",
    {
      note: "Queue.exec, O(n) for each task",
      slow: true,
      most: 5_000,
      make: async ({ load }, concurrency) => {
        type Queue = new (concurrency: number) => { exec: Run };
        const { Queue } = await load<{ Queue: Queue }>("modern-async");
        const queue = keep(new Queue(concurrency));
        return (work) => queue.exec(work);
      },
    },
  ],
  [
    "p-limit",
    {
      make: async ({ load }, concurrency) => {
        const { default: pLimit } = await load<{ default: (concurrency: number) => Run }>("p-limit");
        const limit = keep(pLimit(concurrency));
        return (work) => limit(work);
      },
    },
  ],
  [
    "p-queue",
    {
      make: async ({ load }, concurrency) => {
        type PQueue = new (options: { concurrency: number }) => {
          add(work: Work, options?: WorkContext): Promise<unknown>;
        };
        const { default: PQueue } = await load<{ default: PQueue }>("p-queue");
        const queue = keep(new PQueue({ concurrency }));
        return (work, signal) => (signal ? queue.add(work, { signal }) : queue.add(work));
      },
    },
  ],
]);

/** The semaphore. */
export async function ownSemaphore({ library }: Bench, permits: number): Promise<Run> {
  const made = keep(new library.Semaphore(permits));
  return (work, signal) => (signal ? made.execute(work, { signal }) : made.execute(work));
}

/** No limit at all. */
export async function unlimited(): Promise<Run> {
  return (work) => work({});
}
