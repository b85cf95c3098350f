import { bare, ours, peer, type Bench, type Measure, type Row } from "../row.ts";
import { sequence, steady, verify } from "../timing.ts";

const task = async (): Promise<number> => 1;
const readsSignal = async ({ signal }: { signal: AbortSignal }): Promise<number> => (signal.aborted ? -1 : 1);

type Run = () => Promise<unknown>;

function oneByOne(make: (bench: Bench) => Promise<Run>): Measure {
  return async (bench) => {
    const run = await make(bench);
    const time = await steady(sequence(10_000, run), 10_000, bench.budget);
    verify((await run()) === 1, "the result is not that of the task");
    return time;
  };
}

async function cockatiel({ load }: Bench): Promise<Run> {
  interface Package {
    readonly handleAll: unknown;
    readonly retry: (
      policy: unknown,
      options: { maxAttempts: number },
    ) => { execute: (run: Run) => Promise<unknown> };
  }
  const { retry, handleAll } = await load<Package>("cockatiel");
  const policy = retry(handleAll, { maxAttempts: 3 });
  return () => policy.execute(task);
}

async function retryOfAsync({ load }: Bench): Promise<Run> {
  type Retry = (options: { times: number }, run: Run) => Promise<unknown>;
  const { default: async } = await load<{ default: { retry: Retry } }>("async");
  return () => async.retry({ times: 4 }, task);
}

type WithRetries = (run: Run, options: { retries: number }) => Promise<unknown>;

async function esToolkit({ load }: Bench): Promise<Run> {
  const { retry } = await load<{ retry: WithRetries }>("es-toolkit");
  return () => retry(task, { retries: 3 });
}

const byDefault =
  (name: "async-retry" | "p-retry") =>
  async ({ load }: Bench): Promise<Run> => {
    const { default: retry } = await load<{ default: WithRetries }>(name);
    return () => retry(task, { retries: 3 });
  };

export const retryRows: readonly Row[] = [
  {
    name: "retry",
    title: "retry around a call that succeeds at first, one after the other",
    unit: "ns/call",
    short: true,
    goals: [
      {
        ratio: 0.9,
        against: "es-toolkit",
        tried:
          "No clock is read and no options are looked at where none are given; one reaction and no async function for a call that succeeds.",
      },
    ],
    candidates: [
      bare(oneByOne(async () => task)),
      ours(
        oneByOne(
          async ({ library: { retry } }) =>
            () =>
              retry(task),
        ),
      ),
      ours(
        oneByOne(
          async ({ library: { retry } }) =>
            () =>
              retry(readsSignal),
        ),
        "signal read",
      ),
      peer("async", oneByOne(retryOfAsync)),
      peer("async-retry", oneByOne(byDefault("async-retry"))),
      peer("cockatiel", oneByOne(cockatiel)),
      peer("es-toolkit", oneByOne(esToolkit)),
      peer("p-retry", oneByOne(byDefault("p-retry"))),
    ],
  },
];
