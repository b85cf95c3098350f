import { bare, ours, peer, platform, type Bench, type Candidate, type Measure, type Row } from "../row.ts";
import { heap, keep, verify } from "../timing.ts";

const RACES = 1_000_000;

/** Races a call that is over at once against a promise that lives on. */
type Race = (long: Promise<number>, short: () => Promise<number>) => Promise<number>;

const kinds: Record<
  "bare" | "ours" | "oursReading" | "unpromise" | "platform",
  (bench: Bench) => Promise<Race>
> = {
  bare: async () => (_, short) => short(),
  ours:
    async ({ library: { race } }) =>
    (long, short) =>
      race([() => long, short]),
  oursReading:
    async ({ library: { race } }) =>
    (long, short) =>
      race([() => long, ({ signal }) => (signal.aborted ? -1 : short())]),
  unpromise: async ({ load }) => {
    interface Package {
      readonly Unpromise: { race(promises: Promise<number>[]): Promise<number> };
    }
    const { Unpromise } = await load<Package>("@watchable/unpromise");
    return (long, short) => Unpromise.race([long, short()]);
  },
  platform: async () => (long, short) => Promise.race([long, short()]),
};

/** One run of all races: what is kept would slow a second one. */
function racing(make: (bench: Bench) => Promise<Race>, figure: "time" | "bytes"): Measure {
  return async (bench) => {
    const race = await make(bench);
    const count = bench.budget < 100 ? RACES / 10 : RACES;
    const long = keep(new Promise<number>(() => {}));
    const short = async (): Promise<number> => 1;
    // What the code itself keeps, once, is there before.
    for (let i = 0; i < 5_000; i++) await race(long, short);
    let sum = 0;
    const before = figure === "bytes" ? await heap() : 0;
    const start = performance.now();
    for (let i = 0; i < count; i++) sum += await race(long, short);
    const time = performance.now() - start;
    verify(sum === count, "a race was not won by the call that was over");
    if (figure === "time") return (time / count) * 1e6;
    return Math.max(0, Math.round(((await heap()) - before) / count));
  };
}

function candidates(figure: "time" | "bytes"): Candidate[] {
  return [
    bare(racing(kinds.bare, figure), "no race"),
    ours(racing(kinds.ours, figure)),
    ours(racing(kinds.oursReading, figure), "signal read"),
    peer("@watchable/unpromise", racing(kinds.unpromise, figure)),
    platform("Promise.race", racing(kinds.platform, figure)),
  ];
}

export const raceRows: readonly Row[] = [
  {
    name: "race-leak",
    title: "heap kept by each of 1M races against one promise that lives on",
    unit: "B/race",
    short: true,
    goals: [{ value: 0 }],
    candidates: candidates("bytes"),
  },
  {
    name: "race-leak-time",
    title: "1M races against one promise that lives on",
    unit: "ns/race",
    short: true,
    goals: [{ ratio: 1, against: "Promise.race" }],
    candidates: candidates("time"),
  },
];
