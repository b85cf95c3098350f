import pLimit from "p-limit";
import type * as yieldpoint from "yieldpoint";

/** Runs `n` operations one after the other. */
export type Subject = (n: number) => Promise<unknown>;

export interface Case {
  readonly title: string;
  /** Tasks in one operation: times are for one task. */
  readonly tasks: number;
  readonly subjects: Readonly<Record<string, Subject>>;
}

const QUEUED = 10_000;

const task = async (): Promise<number> => 1;

function repeat(operation: () => Promise<unknown>): Subject {
  return async (n) => {
    for (let i = 0; i < n; i++) await operation();
  };
}

/** What every figure is compared with. */
export const bare: Subject = repeat(task);

/** Limiters and breakers are made once: one whose last instance is collected loses its optimised code. */
export function cases({
  CircuitBreaker,
  gather,
  race,
  retry,
  Semaphore,
  timeout,
}: typeof yieldpoint): Case[] {
  const semaphore = new Semaphore(10);
  const limit = pLimit(10);
  const breaker = new CircuitBreaker();
  const ten = Array.from({ length: 10 }, () => task);
  const queued = Array.from({ length: QUEUED }, () => task);
  return [
    {
      title: "limit, uncontended",
      tasks: 1,
      subjects: {
        "Semaphore.execute": repeat(() => semaphore.execute(task)),
        "p-limit": repeat(() => limit(task)),
      },
    },
    {
      title: `limit 10, ${QUEUED} queued`,
      tasks: QUEUED,
      subjects: {
        "Semaphore.execute": repeat(() => Promise.all(queued.map((each) => semaphore.execute(each)))),
        "p-limit": repeat(() => Promise.all(queued.map((each) => limit(each)))),
      },
    },
    {
      title: "10 tasks at once",
      tasks: 10,
      subjects: {
        gather: repeat(() => gather(ten)),
        "Promise.all": repeat(() => Promise.all(ten.map((each) => each()))),
      },
    },
    {
      title: "race of 2",
      tasks: 2,
      subjects: {
        race: repeat(() => race([task, task])),
        "Promise.race": repeat(() => Promise.race([task(), task()])),
      },
    },
    {
      title: "deadline, met",
      tasks: 1,
      subjects: {
        timeout: repeat(() => timeout(task, 1_000)),
        "Promise.race, setTimeout": repeat(() => raceTimer(task, 1_000)),
      },
    },
    { title: "retry, first call succeeds", tasks: 1, subjects: { retry: repeat(() => retry(task)) } },
    {
      title: "breaker, closed",
      tasks: 1,
      subjects: { "CircuitBreaker.execute": repeat(() => breaker.execute(task)) },
    },
  ];
}

/** The deadline as it is written by hand. */
async function raceTimer<T>(run: () => Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}
