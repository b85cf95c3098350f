import { bare, ours, peer, type Bench, type Measure, type Row } from "../row.ts";
import { keep, sequence, steady, verify } from "../timing.ts";

/** A breaker and how it is opened. */
interface Subject {
  readonly run: () => Promise<unknown>;
  readonly open: () => Promise<unknown>;
}

type Task = () => Promise<number>;
type MakeBreaker = (bench: Bench, task: Task) => Promise<Subject>;

const DAY = 86_400_000;

/** Fails once when it is told to. */
function failing(): { task: Task; fail: () => void } {
  let fails = false;
  return {
    task: async () => {
      if (fails) throw new Error("failed as told");
      return 1;
    },
    fail: () => (fails = true),
  };
}

const closed =
  (make: MakeBreaker): Measure =>
  async (bench) => {
    const { run } = await make(bench, async () => 1);
    const time = await steady(sequence(10_000, run), 10_000, bench.budget);
    verify((await run()) === 1, "the result is not that of the task");
    return time;
  };

const open =
  (make: MakeBreaker): Measure =>
  async (bench) => {
    let calls = 0;
    const { task, fail } = failing();
    const breaker = await make(bench, () => {
      calls++;
      return task();
    });
    fail();
    await breaker.open();
    const before = calls;
    let rejected = 0;
    const operation = async (): Promise<void> => {
      try {
        await breaker.run();
      } catch {
        rejected++;
      }
    };
    const time = await steady(sequence(5_000, operation), 5_000, bench.budget);
    verify(rejected > 0 && calls === before, `${calls - before} calls went through an open breaker`);
    return time;
  };

const ignore = (): void => {};

const yieldpoint: MakeBreaker = async ({ library }, task) => {
  const { CircuitBreaker, consecutive } = library;
  const breaker = keep(new CircuitBreaker({ trip: consecutive(5), cooldown: DAY }));
  const run = (): Promise<unknown> => breaker.execute(task);
  return {
    run,
    open: async () => {
      for (let i = 0; i < 5; i++) await run().catch(ignore);
    },
  };
};

const yieldpointReading: MakeBreaker = async ({ library }, task) => {
  const breaker = keep(new library.CircuitBreaker());
  const run = (): Promise<unknown> => breaker.execute(({ signal }) => (signal.aborted ? -1 : task()));
  return { run, open: run };
};

const cockatiel: MakeBreaker = async ({ load }, task) => {
  interface Package {
    readonly handleAll: unknown;
    readonly ConsecutiveBreaker: new (failures: number) => object;
    readonly circuitBreaker: (
      policy: unknown,
      options: { halfOpenAfter: number; breaker: object },
    ) => { execute: (run: Task) => Promise<unknown> };
  }
  const { circuitBreaker, ConsecutiveBreaker, handleAll } = await load<Package>("cockatiel");
  const policy = keep(circuitBreaker(handleAll, { halfOpenAfter: DAY, breaker: new ConsecutiveBreaker(5) }));
  const run = (): Promise<unknown> => policy.execute(task);
  return {
    run,
    open: async () => {
      for (let i = 0; i < 5; i++) await run().catch(ignore);
    },
  };
};

const opossum =
  (options: object): MakeBreaker =>
  async ({ load }, task) => {
    type Breaker = new (run: Task, options: object) => { fire(): Promise<unknown>; open(): void };
    const { default: CircuitBreaker } = await load<{ default: Breaker }>("opossum");
    const breaker = keep(new CircuitBreaker(task, { resetTimeout: DAY, ...options }));
    return { run: () => breaker.fire(), open: async () => breaker.open() };
  };

/** Nothing between. */
const none: MakeBreaker = async (_, task) => ({ run: task, open: async () => {} });

/** Rejects with an error that was made before. */
const rejecting: MakeBreaker = async () => {
  const error = new Error("open");
  return { run: () => Promise.reject(error), open: async () => {} };
};

export const breakerRows: readonly Row[] = [
  {
    name: "breaker-closed",
    title: "a closed breaker around a call that succeeds, one after the other",
    unit: "ns/call",
    short: true,
    goals: [
      {
        ratio: 0.55,
        against: "cockatiel",
        tried:
          "No async function, and one pair of reactions for all calls of a state. The context of the task and its promise remain.",
      },
    ],
    candidates: [
      bare(closed(none)),
      ours(closed(yieldpoint)),
      ours(closed(yieldpointReading), "signal read"),
      peer("cockatiel", closed(cockatiel), { note: "ConsecutiveBreaker" }),
      peer("opossum", closed(opossum({ timeout: false })), { note: "timeout: false" }),
      peer("opossum", closed(opossum({})), {
        name: "opossum, defaults",
        counts: false,
        note: "with its timeout of 10 s",
      }),
    ],
  },
  {
    name: "breaker-open",
    title: "an open breaker refuses a call, and the error is caught",
    unit: "ns/call",
    short: true,
    // What the engine needs for a stack differs by half, for all alike.
    perRound: 5,
    goals: [
      {
        ratio: 0.9,
        against: "cockatiel",
        tried:
          "The error is made with its stack, as deep as the caller's limit says; that is nearly all of it.",
      },
    ],
    candidates: [
      bare(open(rejecting), "a promise rejected with one error"),
      ours(open(yieldpoint)),
      peer("cockatiel", open(cockatiel)),
      peer("opossum", open(opossum({ timeout: false }))),
    ],
  },
];
