import { bare, ours, peer, type Measure, type Row } from "../row.ts";
import { keep, keptBytes, verify } from "../timing.ts";
import { limiters, ownSemaphore, unlimited, type Limiter, type Work } from "./limiters.ts";

const WAITERS = 100_000;

/** What a queued task keeps while the one before it is stuck. */
function bytesPerTask(make: Limiter["make"], count: number, stuckToo = false): Measure {
  return async (bench) => {
    const run = await make(bench, 1);
    const stuck: Work = () => new Promise(() => {});
    let ran = 0;
    const work: Work = async () => ++ran;
    void keep(run(stuck));
    const bytes = await keptBytes(count, () => run(stuckToo ? stuck : work));
    verify(ran === 0, `${ran} tasks ran behind a stuck one`);
    return bytes;
  };
}

/** What one that waits for a permit keeps. */
async function bytesPerAcquire({ library }: Parameters<Measure>[0]): Promise<number> {
  const semaphore = keep(new library.Semaphore(1));
  keep(await semaphore.acquire());
  const bytes = await keptBytes(WAITERS, () => semaphore.acquire());
  verify(semaphore.stats().waiting >= WAITERS, "fewer wait than were queued");
  return bytes;
}

export const waitingRows: readonly Row[] = [
  {
    name: "waiter-memory",
    title: "heap for each of 100k tasks queued behind a stuck one, no signal",
    unit: "B/waiter",
    short: true,
    goals: [{ value: 290 }],
    candidates: [
      bare(bytesPerTask(unlimited, WAITERS, true), "a pending promise, in an array as for all"),
      ours(bytesPerTask(ownSemaphore, WAITERS)),
      ours(bytesPerAcquire, "acquire"),
      ...[...limiters].map(([each, { make, slow = false, most = Infinity }]) =>
        peer(each, bytesPerTask(make, each === "cockatiel" ? WAITERS : Math.min(most, WAITERS)), {
          slow: slow && each !== "cockatiel",
        }),
      ),
    ],
  },
];
