import { setMaxListeners } from "node:events";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { heap } from "../../bench/timing.ts";
import { complaints } from "../support/waiting.ts";
import { Actor, Tally, textOf } from "./actor.ts";
import type { Load, Loads } from "./load.ts";
import { Random } from "./random.ts";
import type { Point } from "./statistics.ts";
import { watchLeaks } from "./watch.ts";

export interface SoakOptions {
  readonly loads: Loads;
  /** From which all decisions follow; what meets what is still up to the clock. */
  readonly seed: number;
  readonly seconds: number;
  /** How often all rounds are let end, and the heap is measured. */
  readonly samples: number;
  /** How many rounds of a load run at the same time. */
  readonly workers?: number | undefined;
  /** Milliseconds in which what is left may still end. */
  readonly patience?: number | undefined;
}

/** What a soak has found. */
export interface Report {
  readonly calls: readonly LoadReport[];
  /** Seconds, and bytes of heap in use after a collection. */
  readonly heap: readonly Point[];
  /** Loads that a round of had not ended in time. */
  readonly stuck: readonly string[];
  readonly left: readonly string[];
  /** Unhandled rejections and warnings of the process. */
  readonly complaints: readonly string[];
}

export interface LoadReport {
  readonly name: string;
  readonly started: number;
  readonly fulfilled: number;
  readonly rejected: number;
  readonly wrong: readonly string[];
  /** What of the load is not at rest: "held 1". */
  readonly restless: readonly string[];
}

interface Running {
  readonly name: string;
  readonly load: Load;
  readonly tally: Tally;
  readonly actors: readonly Actor[];
}

/** Puts all loads upon the package at the same time, and looks at what is left of it. */
export async function soak(options: SoakOptions): Promise<Report> {
  const { loads, seed, seconds, samples, workers = 12, patience = 10_000 } = options;
  using watch = watchLeaks();
  const running: Running[] = Object.entries(loads).map(([name, make], index) => {
    const tally = new Tally();
    const lasting = new AbortController().signal;
    // The tasks listen to it, too, as many as there are.
    setMaxListeners(0, lasting);
    const actors = Array.from(
      { length: workers },
      (_, worker) => new Actor(new Random(seed, index, worker), tally, lasting),
    );
    return { name, tally, actors, load: watch.call(name, () => make(new Random(seed, index))) };
  });

  // There from the start, so that what is measured does not grow by its measuring.
  const seen = new Float64Array(2 * samples);
  let taken = 0;
  const stuck = new Set<string>();
  let left: string[] = [];
  const found = await complaints(async () => {
    const start = performance.now();
    while (taken < samples && stuck.size === 0) {
      const until = performance.now() + (seconds * 1000) / samples;
      const body = (each: Running): Promise<unknown> => watch.call(each.name, () => workUntil(until, each));
      for (const name of await lateOnes(running, until + patience, body)) stuck.add(name);
      // What was let go, deaf to its signal, is over by then.
      await pause(10);
      watch.sweep();
      seen[2 * taken] = (performance.now() - start) / 1000;
      seen[2 * taken + 1] = await settledHeap();
      taken++;
    }
    const deadline = performance.now() + patience;
    for (const name of await lateOnes(running, deadline, end)) stuck.add(name);
    do {
      await turn();
      left = watch.left();
    } while (left.length > 0 && performance.now() < deadline);
  });

  const calls = running.map(({ name, load, tally: { started, fulfilled, rejected, wrong } }) => {
    const rest = Object.entries(load.rest?.() ?? {}).filter(([, count]) => count !== 0);
    return { name, started, fulfilled, rejected, wrong, restless: rest.map((entry) => entry.join(" ")) };
  });
  const points = Array.from({ length: taken }, (_, n): Point => ({
    x: seen[2 * n] as number,
    y: seen[2 * n + 1] as number,
  }));
  return { calls, heap: points, stuck: [...stuck], left, complaints: found.map(textOf) };
}

function workUntil(until: number, { load, tally, actors }: Running): Promise<unknown> {
  const work = async (actor: Actor): Promise<void> => {
    do {
      try {
        await load.step(actor);
      } catch (error) {
        tally.complain(`a round failed: ${textOf(error)}`);
      }
      await turn();
    } while (performance.now() < until);
  };
  return Promise.all(actors.map(work));
}

async function end({ load, tally }: Running): Promise<void> {
  try {
    await load.end?.();
  } catch (error) {
    tally.complain(`it failed at its end: ${textOf(error)}`);
  }
}

/** Does something for each, and gives the names of those for which it was not over by the deadline. */
async function lateOnes(
  running: readonly Running[],
  deadline: number,
  body: (running: Running) => Promise<unknown>,
): Promise<Iterable<string>> {
  const late = new Set(running.map(({ name }) => name));
  const all = running.map(async (each) => {
    await body(each);
    late.delete(each.name);
  });
  const over = new AbortController();
  const deadlinePassed = async (): Promise<void> => {
    await pause(deadline - performance.now(), undefined, over).catch(() => {});
    // Where the process itself was held up, all are late: they go on first.
    for (let turns = 0; turns < 10; turns++) await turn();
  };
  await Promise.race([Promise.all(all), deadlinePassed()]);
  over.abort();
  return late;
}

/** Bytes of heap in use. What waits for its finalizers goes with a second collection, a few turns later. */
async function settledHeap(): Promise<number> {
  await heap();
  await pause(10);
  return heap();
}
