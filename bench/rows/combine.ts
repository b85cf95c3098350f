import { bare, ours, platform, type Measure, type Row } from "../row.ts";
import { sequence, steady, verify } from "../timing.ts";

const task = async (): Promise<number> => 1;
const readsSignal = async ({ signal }: { signal: AbortSignal }): Promise<number> => (signal.aborted ? -1 : 1);

type Task = typeof readsSignal;

/** One combined call after the other; the figure is for each of its tasks. */
function combined(
  run: (bench: Parameters<Measure>[0], tasks: Task[]) => () => Promise<unknown>,
  tasks: Task[],
  expected: unknown,
): Measure {
  return async (bench) => {
    const operation = run(bench, tasks);
    const time = await steady(sequence(1_000, operation), 1_000 * tasks.length, bench.budget);
    verify(JSON.stringify(await operation()) === JSON.stringify(expected), "the results are not the tasks'");
    return time;
  };
}

const ten = Array.from({ length: 10 }, () => task);
const tenReading = Array.from({ length: 10 }, () => readsSignal);
const ones = ten.map(() => 1);
const plain = task as Task;

const oneByOne = (_: unknown, tasks: Task[]) => async () => {
  const results: number[] = [];
  for (const each of tasks as (() => Promise<number>)[]) results.push(await each());
  return results;
};

export const combineRows: readonly Row[] = [
  {
    name: "gather",
    title: "10 async tasks at once",
    unit: "ns/task",
    candidates: [
      bare(combined(oneByOne, ten, ones), "one after the other"),
      ours(
        combined(
          ({ library }, tasks) =>
            () =>
              library.gather(tasks),
          ten,
          ones,
        ),
      ),
      ours(
        combined(
          ({ library }, tasks) =>
            () =>
              library.gather(tasks),
          tenReading,
          ones,
        ),
        "signal read",
      ),
      platform(
        "Promise.all",
        combined(() => () => Promise.all(ten.map((each) => each())), ten, ones),
      ),
    ],
  },
  {
    name: "race-pair",
    title: "a race of 2 async tasks",
    unit: "ns/task",
    candidates: [
      bare(
        combined(() => task, [plain, plain], 1),
        "one of them",
      ),
      ours(
        combined(
          ({ library }, tasks) =>
            () =>
              library.race(tasks),
          [plain, plain],
          1,
        ),
      ),
      platform(
        "Promise.race",
        combined(() => () => Promise.race([task(), task()]), [plain, plain], 1),
      ),
    ],
  },
];
