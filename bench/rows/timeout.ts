import { bare, ours, peer, platform, type Bench, type Candidate, type Measure, type Row } from "../row.ts";
import { keptBytes, sequence, steady, turn, verify } from "../timing.ts";
import * as deadlines from "./deadlines.ts";
import type { Timed, WithDeadline } from "./deadlines.ts";

const BURST = 100_000;
const PENDING = 50_000;
const MS = 1_000;
const HOUR = 3_600_000;

const fast: Timed = async () => 1;
const readsSignal: Timed = async ({ signal }) => (signal?.aborted ? -1 : 1);

// As with real work, something else could still settle what is pending: it is not collected.
const pendingCalls: ((value: number) => void)[] = [];
const endless: Timed = () => new Promise((resolve) => pendingCalls.push(resolve));
const endlessReading: Timed = ({ signal }) =>
  new Promise((resolve) => signal?.aborted === false && pendingCalls.push(resolve));

// Work that nothing can settle any more: all that is kept of it is what the deadline keeps.
const lost: Timed = () => new Promise(() => {});
const lostReading: Timed = ({ signal }) => new Promise(() => signal?.aborted);

interface Kind {
  readonly measure: (make: WithDeadline, task: Timed, clears: boolean) => Measure;
  readonly task: Timed;
  readonly reading: Timed;
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
}

/** The deadline works; with `clears` no timer is left either after a call that met it. */
async function verifyDeadline(bench: Bench, make: WithDeadline, clears: boolean): Promise<void> {
  await turn();
  verify(!clears || timers() === 0, `${timers()} timers are left`);
  const late = await make(bench, endless, 5);
  // What leaves its timer may hold nothing that keeps the process alive.
  const alive = setInterval(() => {}, 1_000);
  const rejected = await late().then(
    () => false,
    () => true,
  );
  clearInterval(alive);
  verify(rejected, "a task that never ends was not rejected at its deadline");
}

const sequential: Kind = {
  task: fast,
  reading: readsSignal,
  measure: (make, task, clears) => async (bench) => {
    const run = await make(bench, task, MS);
    const time = await steady(sequence(10_000, run), 10_000, bench.budget);
    verify((await run()) === 1, "the result is not that of the task");
    if (make !== deadlines.none) await verifyDeadline(bench, make, clears);
    return time;
  },
};

const burst: Kind = {
  task: fast,
  reading: readsSignal,
  measure: (make, task, clears) => async (bench) => {
    const run = await make(bench, task, MS);
    let results: unknown[] = [];
    const batch = async (): Promise<number> => {
      const start = performance.now();
      results = await Promise.all(Array.from({ length: BURST }, run));
      return performance.now() - start;
    };
    const time = await steady(batch, BURST, bench.budget);
    verify(
      results.every((result) => result === 1),
      "the results are not those of the tasks",
    );
    if (make !== deadlines.none) await verifyDeadline(bench, make, clears);
    return time;
  },
};

const pending: Kind = {
  task: endless,
  reading: endlessReading,
  measure: (make, task) => async (bench) => {
    const run = await make(bench, task, HOUR);
    return keptBytes(PENDING, run);
  },
};

const pendingLost: Kind = { ...pending, task: lost, reading: lostReading };

function candidates({ measure, task, reading }: Kind): Candidate[] {
  return [
    bare(measure(deadlines.none, task, true), "no deadline"),
    ours(measure(deadlines.ours, task, true)),
    ours(measure(deadlines.ours, reading, true), "signal read"),
    ...[...deadlines.peers].map(([name, make]) =>
      peer(name, measure(make, task, true), { slow: name !== "async" && name !== "p-timeout" }),
    ),
    platform("Promise.race, timer cleared", measure(deadlines.raceCleared, task, true)),
    platform("Promise.race, timer left", measure(deadlines.raceLeft, task, false), {
      counts: false,
      slow: true,
    }),
    platform("AbortSignal.timeout", measure(deadlines.platformSignal, task, false), {
      counts: false,
      slow: true,
      note: "its timer cannot be cleared",
    }),
  ];
}

export const timeoutRows: readonly Row[] = [
  {
    name: "timeout",
    title: "timeout of 1000 ms around a fast async call, one after the other",
    unit: "ns/call",
    short: true,
    goals: [
      {
        ratio: 0.4,
        tried:
          "No timer is armed for a call that is over in the microtasks of its turn. Without a context, an abort and a deadline of its own, the promise " +
          "alone takes about half of what is left.",
      },
    ],
    candidates: candidates(sequential),
  },
  {
    name: "timeout-burst",
    title: "the same, 100k calls started together",
    unit: "ns/call",
    candidates: candidates(burst),
  },
  {
    name: "timeout-memory",
    title: "heap for each of 50k pending calls under a timeout",
    unit: "B/call",
    short: true,
    goals: [
      {
        ratio: 0.5,
        tried:
          "One timer for all calls of a duration, rare fields in an object of their own, no function that rejects, and two bound functions in place of " +
          "closures. About two thirds of what is left beside the task's own promise are the caller's promise with what settles it and the reactions to " +
          "the task's, which no deadline can do without; the rest is the context of the task.",
      },
    ],
    candidates: candidates(pending),
  },
  {
    name: "timeout-memory-lost",
    title: "the same where nothing but the deadline can end the task's promise",
    unit: "B/call",
    candidates: candidates(pendingLost),
  },
];
