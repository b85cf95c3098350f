import { bare, ours, peer, type Bench, type Measure, type Row } from "../row.ts";
import { keep, sequence, steady, verify } from "../timing.ts";

/** So many in a millisecond are never reached, so nothing waits. */
const LIMIT = 100_000;
const INTERVAL = 1;

const task = async (): Promise<number> => 1;

type Run = () => Promise<unknown>;

function oneByOne(make: (bench: Bench) => Promise<Run>, count = 10_000): Measure {
  return async (bench) => {
    const run = await make(bench);
    const time = await steady(sequence(count, run), count, bench.budget);
    verify((await run()) === 1, "the result is not that of the task");
    return time;
  };
}

const rateLimiter =
  (algorithm: "sliding-window" | "token-bucket") =>
  async ({ library }: Bench): Promise<Run> => {
    const limiter = keep(new library.RateLimiter({ algorithm, limit: LIMIT, interval: INTERVAL }));
    return () => limiter.execute(task);
  };

async function asyncSema({ load }: Bench): Promise<Run> {
  type RateLimit = (limit: number, options: { timeUnit: number }) => () => Promise<void>;
  const { RateLimit } = await load<{ RateLimit: RateLimit }>("async-sema");
  const turn = RateLimit(LIMIT, { timeUnit: INTERVAL });
  return async () => {
    await turn();
    return task();
  };
}

async function pQueue({ load }: Bench): Promise<Run> {
  interface Options {
    readonly interval: number;
    readonly intervalCap: number;
    readonly strict: boolean;
  }
  type PQueue = new (options: Options) => { add: (run: Run) => Promise<unknown> };
  const { default: PQueue } = await load<{ default: PQueue }>("p-queue");
  const queue = keep(new PQueue({ interval: INTERVAL, intervalCap: LIMIT, strict: true }));
  return () => queue.add(task);
}

async function bottleneck({ load }: Bench): Promise<Run> {
  type Bottleneck = new (options: object) => { schedule: (run: Run) => Promise<unknown> };
  const { default: Bottleneck } = await load<{ default: Bottleneck }>("bottleneck");
  const limiter = keep(new Bottleneck({ reservoir: 1_000_000_000 }));
  return () => limiter.schedule(task);
}

export const rateRows: readonly Row[] = [
  {
    name: "rate",
    title: "a rate limit that is never reached, one task after the other",
    unit: "ns/task",
    needs: ["RateLimiter"],
    candidates: [
      bare(oneByOne(async () => task)),
      ours(oneByOne(rateLimiter("sliding-window"))),
      ours(oneByOne(rateLimiter("token-bucket")), "token bucket"),
      peer("async-sema", oneByOne(asyncSema), { note: "RateLimit" }),
      peer("p-queue", oneByOne(pQueue), { note: "strict" }),
      peer("bottleneck", oneByOne(bottleneck, 300), { slow: true, note: "reservoir" }),
    ],
  },
];
