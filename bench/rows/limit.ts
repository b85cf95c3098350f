import { bare, ours, peer, type Measure, type Row } from "../row.ts";
import { sequence, steady, verify, verifyMost } from "../timing.ts";
import { limiters, ownSemaphore, unlimited, type Limiter, type Run, type Work } from "./limiters.ts";

type MakeWork = (value: number) => Work;

const plain: MakeWork = (value) => async () => value;

const readsSignal: MakeWork =
  (value) =>
  async ({ signal }) =>
    signal?.aborted ? -1 : value;

const immediate: MakeWork = (value) => () => new Promise((resolve) => setImmediate(resolve, value));

const name = (count: number): string => (count < 1_000 ? String(count) : `${count / 1_000}k`);

/** Tasks queued at once through a limiter. */
function queued(
  make: Limiter["make"],
  concurrency: number,
  count: number,
  makeWork: MakeWork,
  limited = true,
): Measure {
  return async (bench) => {
    const run = await make(bench, concurrency);
    const works = Array.from({ length: count }, (_, i) => makeWork(i));
    let results: unknown[] = [];
    const batch = async (): Promise<number> => {
      const start = performance.now();
      results = await Promise.all(works.map((work) => run(work)));
      return performance.now() - start;
    };
    const time = await steady(batch, count, bench.budget);
    verify(
      results.every((result, i) => result === i),
      "the results are not those of the tasks",
    );
    if (limited) await verifyLimit(run, concurrency);
    return time;
  };
}

/** Afterwards, so that the code that was measured has seen one kind of task. */
function verifyLimit(run: Run, concurrency: number): Promise<void> {
  return verifyMost(concurrency, (work, count) =>
    Promise.all(Array.from({ length: count }, () => run(work))),
  );
}

interface Kind {
  readonly name: string;
  readonly title: string;
  readonly makeWork: MakeWork;
  readonly goal?: number;
}

const queuedTried =
  "Two slots of one array for each that waits, one promise for it and one for its end, and no closure. What is left is mostly the promises and " +
  "the collector. Starting a task in the turn, and so in the AsyncLocalStorage context, of whoever releases would save one of the two promises " +
  "and reach the goal; it was rejected, because the context is to follow the caller.";

function queuedRow(kind: Kind, count: number, concurrency: number): Row {
  const peers = [...limiters]
    .filter(([, { slow = false }]) => !slow || kind.goal !== undefined)
    .map(([each, { make, note, slow, most = Infinity }]) => {
      const fewer = most < count ? `n = ${most.toLocaleString("en")}` : undefined;
      return peer(each, queued(make, concurrency, Math.min(most, count), kind.makeWork), {
        slow,
        note: [note, fewer].filter((part) => part !== undefined).join("; ") || undefined,
      });
    });
  return {
    name: `${kind.name}-${name(count)}-c${concurrency}`,
    title: `${name(count)} ${kind.title} queued at once, concurrency ${concurrency}`,
    unit: "ns/task",
    short: kind.goal !== undefined && concurrency === 10 && count === 1_000,
    goals: kind.goal === undefined ? undefined : [{ ratio: kind.goal, tried: queuedTried }],
    candidates: [
      bare(queued(unlimited, concurrency, count, kind.makeWork, false), "Promise.all, no limit kept"),
      ours(queued(ownSemaphore, concurrency, count, kind.makeWork)),
      ...(kind.makeWork === plain
        ? [ours(queued(ownSemaphore, concurrency, count, readsSignal), "signal read")]
        : []),
      ...peers,
    ],
  };
}

/** A limiter that has room: one task after the other. */
function uncontended(make: Limiter["make"], count: number, makeWork: MakeWork): Measure {
  return async (bench) => {
    const run = await make(bench, 1);
    const work = makeWork(1);
    const time = await steady(
      sequence(count, () => run(work)),
      count,
      bench.budget,
    );
    verify((await run(work)) === 1, "the result is not that of the task");
    return time;
  };
}

const uncontendedRow: Row = {
  name: "execute-uncontended",
  title: "execute(task) one after the other, concurrency 1",
  unit: "ns/task",
  short: true,
  goals: [
    {
      ratio: 0.7,
      against: "cockatiel",
      tried:
        "No options are read where none are given, and the two reactions to a task are shared by all tasks. An async function was slower.",
    },
  ],
  candidates: [
    bare(uncontended(unlimited, 10_000, plain), "await task()"),
    ours(uncontended(ownSemaphore, 10_000, plain)),
    ours(uncontended(ownSemaphore, 10_000, readsSignal), "signal read"),
    ...[...limiters].flatMap(([each, { make, slow = false, most = Infinity, signals = false }]) => {
      const count = Math.min(most, 10_000);
      // Cockatiel is slow only where many wait.
      const measured = peer(each, uncontended(make, count, plain), { slow: slow && each !== "cockatiel" });
      if (!signals) return [measured];
      const variant = { name: `${each}, signal read`, counts: false, slow: true };
      return [measured, peer(each, uncontended(make, count, readsSignal), variant)];
    }),
  ],
};

const async: Kind = { name: "limit", title: "async tasks", makeWork: plain, goal: 0.7 };
const immediates: Kind = { name: "limit-immediate", title: "setImmediate tasks", makeWork: immediate };

export const limitRows: readonly Row[] = [
  ...[1_000, 100_000].flatMap((count) => [1, 10, 100].map((c) => queuedRow(async, count, c))),
  ...[1, 10, 100].map((c) => queuedRow(immediates, 100_000, c)),
  uncontendedRow,
];
