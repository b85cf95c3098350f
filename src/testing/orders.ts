import type * as FastCheck from "fast-check";
import { pointAt, type Trace } from "./callsite.ts";
import { requirePeer } from "./peer.ts";

/** What was chosen where several things could happen next. */
export interface Choice {
  readonly index: number;
  /** How many there were to choose from. */
  readonly count: number;
}

/** Says which of `count` comes next, given what was chosen before: 0 is the one that has waited longest. */
export type Choose = (count: number, before: readonly Choice[]) => number;

/** One run of the body. */
export interface Run {
  readonly choices: readonly Choice[];
  readonly error: Error | undefined;
  /** Whether the error is a deadlock. */
  readonly stuck: boolean;
}

interface Exploration {
  readonly orders: number;
  readonly complete: boolean;
  readonly failed: Run | undefined;
}

/** Runs one order after the other, depth first, up to the limit or the first that fails. */
export async function runAll(
  attempt: (choose: Choose) => Promise<Run>,
  limit: number,
  place: Trace,
): Promise<Exploration> {
  let path: Choice[] = [];
  for (let orders = 1; ; orders++) {
    const run = await attempt(retrace(path, place));
    if (run.error !== undefined) return { orders, complete: false, failed: run };
    path = [...run.choices];
    let last = path.pop();
    while (last !== undefined && last.index + 1 === last.count) last = path.pop();
    if (last === undefined) return { orders, complete: true, failed: undefined };
    if (orders >= limit) return { orders, complete: false, failed: undefined };
    path.push({ index: last.index + 1, count: last.count });
  }
}

/**
 * Runs as many orders as the limit says, drawn at random, and of the first that fails simpler variants.
 *
 * The choices are drawn with fast-check's `gen`. Its `scheduler` would draw them as well, but what it draws cannot be made simpler, and
 * it sees neither timers nor anything that takes more than some microtasks.
 */
export async function sample(
  attempt: (choose: Choose) => Promise<Run>,
  limit: number,
  seed: number,
  before: number,
): Promise<Exploration> {
  const who = `interleavings, to draw from more than ${limit} orders,`;
  const fc = requirePeer("fast-check", who) as typeof FastCheck;
  let orders = before;
  let failed: Run | undefined;
  const property = fc.asyncProperty(fc.gen(), async (draw) => {
    orders++;
    const run = await attempt((count) => draw(fc.nat, { max: count - 1 }));
    if (run.error === undefined) return;
    // The last to fail is the simplest.
    failed = run;
    throw run.error;
  });
  await fc.check(property, { seed, numRuns: limit, unbiased: true });
  return { orders, complete: false, failed };
}

/** Chooses as it was chosen before, and then always what has waited longest. */
function retrace(path: readonly Choice[], place: Trace): Choose {
  return (count, before) => {
    const planned = path[before.length];
    if (planned === undefined) return 0;
    if (planned.count === count) return planned.index;
    throw pointed(
      "interleavings: the body did not do the same again, though its steps resolved in the same order. Make what it works on " +
        "in the body, and give randomness a seed.",
      place,
    );
  };
}

/** Chooses as the order's name says. */
export function follow(name: string, place: Trace): Choose {
  const indices = name === "" ? [] : name.split(".").map(Number);
  return (count, { length }) => {
    const index = indices[length] ?? 0;
    if (index < count) return index;
    throw pointed(
      `interleavings: the order "${name}" is none of this body: at its choice ${length + 1} there are ${count} to choose from`,
      place,
    );
  };
}

/** The order's name: what was chosen, up to the last that was not the one that had waited longest. */
export function nameOf(choices: readonly Choice[]): string {
  let last = choices.length;
  while (choices[last - 1]?.index === 0) last--;
  return choices
    .slice(0, last)
    .map(({ index }) => index)
    .join(".");
}

function pointed(message: string, place: Trace): Error {
  const error = new Error(message);
  pointAt(error, place);
  return error;
}
