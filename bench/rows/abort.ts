import { ours, peer, type Candidate, type Measure, type Row } from "../row.ts";
import { steady, turn, verify } from "../timing.ts";
import { limiters, ownSemaphore, type Limiter, type Run } from "./limiters.ts";

const WAITERS = 16_000;

const unreached = async (): Promise<number> => {
  throw new Error("bench: an aborted task ran");
};

/** Keeps the only slot until it is told. */
async function stuck(run: Run): Promise<() => Promise<unknown>> {
  let end = (): void => {};
  const held = run(() => new Promise((resolve) => (end = () => resolve(0))));
  await turn();
  return () => {
    end();
    return held;
  };
}

type Order = "oldest" | "newest" | "shared";

/** Queues tasks behind a stuck one and aborts them all. */
function aborting(make: Limiter["make"], order: Order): Measure {
  return async (bench) => {
    const run = await make(bench, 1);
    const batch = async (): Promise<number> => {
      const end = await stuck(run);
      const { time, waits, rejected } = await abortAll(run, order, (pending) => Promise.all(pending));
      verify(rejected === WAITERS, `${rejected} of ${WAITERS} were rejected at their abort`);
      await end();
      await Promise.all(waits);
      return time;
    };
    const time = await steady(batch, WAITERS, bench.budget);
    await verifyEach(run);
    return time;
  };
}

/** The same with what rejects none at its abort. Its queue is stuck then, so each batch gets one of its own. */
function abortingUnheard(make: Limiter["make"], order: Order): Measure {
  return (bench) => {
    const batch = async (): Promise<number> => {
      const run = await make(bench, 1);
      await stuck(run);
      const { time, rejected } = await abortAll(run, order, turn);
      verify(rejected === 0, `${rejected} of ${WAITERS} were rejected at their abort`);
      return time;
    };
    return steady(batch, WAITERS, bench.budget);
  };
}

async function abortAll(
  run: Run,
  order: Order,
  settle: (waits: readonly Promise<unknown>[]) => Promise<unknown>,
): Promise<{ time: number; waits: readonly Promise<unknown>[]; rejected: number }> {
  const one = new AbortController();
  const controllers = Array.from({ length: WAITERS }, () =>
    order === "shared" ? one : new AbortController(),
  );
  let rejected = 0;
  const onRejection = (): void => void rejected++;
  const start = performance.now();
  const waits = controllers.map(({ signal }) => run(unreached, signal).then(undefined, onRejection));
  const queued = performance.now();
  if (order === "newest") controllers.reverse();
  for (const controller of order === "shared" ? [one] : controllers) controller.abort();
  await settle(waits);
  return { time: performance.now() - (order === "shared" ? start : queued), waits, rejected };
}

/** Each is rejected at its own abort, while the others wait on. */
async function verifyEach(run: Run): Promise<void> {
  const end = await stuck(run);
  let rejected = 0;
  const controllers = Array.from({ length: 50 }, () => new AbortController());
  const waits = controllers.map(({ signal }) => run(unreached, signal).then(undefined, () => rejected++));
  for (const [i, controller] of controllers.entries()) {
    controller.abort();
    await turn();
    verify(rejected === i + 1, `${rejected} were rejected after ${i + 1} aborts`);
  }
  await Promise.all(waits);
  await end();
}

function candidates(order: Order): Candidate[] {
  const make = (name: "cockatiel" | "p-queue"): Limiter["make"] => {
    const limiter = limiters.get(name);
    verify(limiter !== undefined, `no limiter of ${name}`);
    return limiter.make;
  };
  return [
    ours(aborting(ownSemaphore, order)),
    peer("p-queue", aborting(make("p-queue"), order)),
    peer("cockatiel", abortingUnheard(make("cockatiel"), order), {
      counts: false,
      slow: true,
      note: "rejects none at its abort, and those behind the first never",
    }),
  ];
}

const unit = "ns/waiter";

export const abortRows: readonly Row[] = [
  {
    name: "abort-oldest",
    title: "abort 16k queued tasks one by one, a signal each, oldest first",
    unit,
    short: true,
    goals: [
      {
        ratio: 0.7,
        against: "p-queue",
        tried:
          "Whoever gives up is taken out by a mark, and is all that listens to its signal. A bare promise that a listener rejects takes about four fifths " +
          "of what is left: the event of each signal is the platform's.",
      },
    ],
    candidates: candidates("oldest"),
  },
  {
    name: "abort-newest",
    title: "the same, newest first",
    unit,
    goals: [{ ratio: 0.36, against: "p-queue" }],
    candidates: candidates("newest"),
  },
  {
    name: "abort-shared",
    title: "queue 16k tasks on one shared signal and abort it",
    unit,
    goals: [{ ratio: 0.045, against: "p-queue" }],
    candidates: candidates("shared"),
  },
];
