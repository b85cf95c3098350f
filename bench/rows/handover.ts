import type { Peer } from "../peers.ts";
import { bare, ours, peer, type Bench, type Candidate, type Measure, type Row } from "../row.ts";
import { keep, steady, verify } from "../timing.ts";

const WAITERS = 100_000;

/** A semaphore of one permit. */
interface Lock {
  /** Takes the permit and resolves to what gives it back. */
  readonly hold: () => Promise<() => void>;
  /** Waits for the permit, gives it back and calls `served`. */
  readonly enter: () => void;
  /** Takes the permit and gives it back, so many times. */
  readonly pass: (count: number) => Promise<void>;
}

type MakeLock = (bench: Bench, served: () => void) => Promise<Lock>;

const semaphore: MakeLock = async ({ library }, served) => {
  const made = keep(new library.Semaphore(1));
  const enter = ({ release }: { release: () => void }): void => {
    release();
    served();
  };
  return {
    hold: async () => (await made.acquire()).release,
    enter: () => void made.acquire().then(enter),
    pass: async (count) => {
      for (let i = 0; i < count; i++) (await made.acquire()).release();
    },
  };
};

/** What gives its permit back by a method of its own. */
function released(peerName: Peer, className: string): MakeLock {
  return async ({ load }, served) => {
    type Semaphore = new (permits: number) => { acquire(): Promise<unknown>; release(): void };
    const { [className]: Semaphore } = await load<Record<string, Semaphore>>(peerName);
    verify(Semaphore !== undefined, `${peerName} has no ${className}`);
    const made = keep(new Semaphore(1));
    const enter = (): void => {
      made.release();
      served();
    };
    return {
      hold: async () => {
        await made.acquire();
        return () => made.release();
      },
      enter: () => void made.acquire().then(enter),
      pass: async (count) => {
        for (let i = 0; i < count; i++) {
          await made.acquire();
          made.release();
        }
      },
    };
  };
}

const asyncMutex: MakeLock = async ({ load }, served) => {
  type Held = [value: number, release: () => void];
  type Semaphore = new (permits: number) => { acquire(): Promise<Held> };
  const { Semaphore } = await load<{ Semaphore: Semaphore }>("async-mutex");
  const made = keep(new Semaphore(1));
  const enter = ([, release]: Held): void => {
    release();
    served();
  };
  return {
    hold: async () => (await made.acquire())[1],
    enter: () => void made.acquire().then(enter),
    pass: async (count) => {
      for (let i = 0; i < count; i++) (await made.acquire())[1]();
    },
  };
};

const nothing = async (): Promise<void> => {};

/** Nothing is locked. */
const open: MakeLock = async (_, served) => ({
  hold: async () => () => {},
  enter: () => void Promise.resolve().then(served),
  pass: async (count) => {
    for (let i = 0; i < count; i++) await nothing();
  },
});

/** Many wait for the permit, and each hands it to the next. */
function handOver(make: MakeLock, count: number, from: "acquire" | "release"): Measure {
  return async (bench) => {
    let left = 0;
    let all = (): void => {};
    const { hold, enter } = await make(bench, () => {
      if (--left === 0) all();
    });
    const batch = async (): Promise<number> => {
      const release = await hold();
      const over = new Promise<void>((resolve) => (all = resolve));
      left = count;
      const start = performance.now();
      for (let i = 0; i < count; i++) enter();
      const queued = performance.now();
      release();
      await over;
      return performance.now() - (from === "acquire" ? start : queued);
    };
    const time = await steady(batch, count, bench.budget);
    verify(left === 0, `${left} were not served`);
    return time;
  };
}

function uncontended(make: MakeLock): Measure {
  return async (bench) => {
    const { hold, pass } = await make(bench, () => {});
    const batch = async (): Promise<number> => {
      const start = performance.now();
      await pass(10_000);
      return performance.now() - start;
    };
    const time = await steady(batch, 10_000, bench.budget);
    (await hold())();
    return time;
  };
}

function candidates(measure: (make: MakeLock, most: number) => Measure): Candidate[] {
  return [
    bare(measure(open, Infinity), "a promise that resolves at once"),
    ours(measure(semaphore, Infinity)),
    peer("async-sema", measure(released("async-sema", "Sema"), Infinity)),
    peer("es-toolkit", measure(released("es-toolkit", "Semaphore"), Infinity)),
    peer("async-mutex", measure(asyncMutex, 20_000), { slow: true, note: "n = 20,000 where many wait" }),
  ];
}

export const handOverRows: readonly Row[] = [
  {
    name: "hand-over",
    title: "100k wait for one permit and hand it on: acquire, release",
    unit: "ns/waiter",
    short: true,
    goals: [
      {
        ratio: 0.5,
        against: "es-toolkit",
        tried:
          "Permits that make their `release` when it is read, which took a tenth off. More than half of the time goes to the promises of 100k waiters and " +
          "their collection, which es-toolkit pays as well.",
      },
    ],
    candidates: candidates((make, most) => handOver(make, Math.min(WAITERS, most), "acquire")),
  },
  {
    name: "hand-over-release",
    title: "the same from the first release on, with all of them queued",
    unit: "ns/waiter",
    candidates: candidates((make, most) => handOver(make, Math.min(WAITERS, most), "release")),
  },
  {
    name: "acquire-uncontended",
    title: "acquire and release one after the other",
    unit: "ns/permit",
    candidates: candidates((make) => uncontended(make)),
  },
];
