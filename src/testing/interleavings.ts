import { captureTrace, pointAt, type Trace } from "./callsite.ts";
import { check, checkFunction } from "../patterns/core/check.ts";
import { StuckError } from "./errors.ts";
import { follow, nameOf, runAll, sample, type Choice, type Choose, type Run } from "./orders.ts";
import { perform } from "./perform.ts";
import { checkModes, print, type Scenario, type ScenarioOptions } from "./scenario.ts";
import { Stage } from "./stage.ts";
import { verdict } from "./verdict.ts";
import { watchWaits, type Wait } from "./waits.ts";

/** What the body of {@link interleavings} works with: a scenario, and steps whose order is explored. */
export interface Interleaving extends Scenario {
  /**
   * Waits until it is this step's turn, for work that takes an unknown time: an answer from a server, a write to a disk. Every order in
   * which the waiting steps may resolve is a possible one. Rejects with `signal.reason` when the signal aborts first.
   */
  readonly step: (label: string, options?: { readonly signal?: AbortSignal | undefined }) => Promise<void>;
}

/** Options of {@link interleavings}. */
export interface InterleavingsOptions extends ScenarioOptions {
  /** Up to as many orders are run one after the other (default 500); where there are more, as many are then drawn at random. */
  readonly limit?: number | undefined;
  /** What the random orders depend on, an integer. Default: 1, so that a test does the same each time. */
  readonly seed?: number | undefined;
  /** Runs one order alone: what the message of a failure names. Default: all of them. */
  readonly order?: string | undefined;
}

/** What {@link interleavings} did. */
export interface Explored {
  /** How many orders were run. */
  readonly orders: number;
  /** Whether those were all that there are. */
  readonly complete: boolean;
}

/**
 * Runs the body again and again, each time with its steps resolving in another order, until one order fails.
 *
 * Each run is a scenario on a virtual clock of its own. Whenever nothing else can happen, one of the waiting steps resolves, or time
 * moves to the next timer: a step may take any time, so a timer may fire before it. Where there are few orders all of them are run; of
 * more, those that keep longest to the order of beginning, and then a sample that fast-check draws, and makes simpler where it fails
 * (it is an optional peer, needed only then). The error of an order that fails tells what happened, and how to run that order alone. Where
 * the body waits and nothing is left to happen, that is a deadlock, and the error names the lines that wait.
 *
 * Everything that the body works on is to be made in the body, as the runs must not depend on each other.
 *
 * @param body - Gets `step(label, { signal })` and all that a scenario has. What is to be reordered stands after the `await` of a step.
 * @param options - `limit`: orders to run (default 500); `seed`: of the sample, an integer (default 1); `order`: the one order to
 *   run; `leaks`, `floating`, `maxTimers` and `realIO` as for `scenario`.
 * @returns How many orders were run, and whether those were all.
 * @throws What the body rejects with in an order that fails; StuckError for a deadlock; RangeError or TypeError for an option that is
 *   wrong; Error if fast-check is needed and not installed.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { ensure, interleavings } from "yieldpoint/testing";
 *
 * const lostUpdate = interleavings(async ({ step }) => {
 *   let balance = 100;
 *   const withdraw = async (name: string, amount: number) => {
 *     await step(`${name} reads`);
 *     const read = balance;
 *     await step(`${name} writes`);
 *     balance = read - amount;
 *   };
 *   await Promise.all([withdraw("Ada", 30), withdraw("Bob", 50)]);
 *   ensure(balance === 20, `the balance is ${balance}, and should be 20`);
 * });
 * await assert.rejects(lostUpdate, /2\. Bob reads\n/);
 * ```
 */
export async function interleavings(
  body: (s: Interleaving) => unknown,
  options: InterleavingsOptions = {},
): Promise<Explored> {
  const place = captureTrace(interleavings);
  const { limit = 500, seed = 1, order } = options;
  checkFunction("interleavings: body", body);
  checkModes("interleavings", options);
  const isCount = limit === Infinity || (Number.isInteger(limit) && limit >= 1);
  check(isCount, "interleavings: limit", "an integer >= 1 or Infinity", limit);
  check(Number.isSafeInteger(seed), "interleavings: seed", "an integer", seed);
  const isOrder = order === undefined || (typeof order === "string" && /^(\d+(\.\d+)*)?$/.test(order));
  check(isOrder, "interleavings: order", 'what a failure names, such as "0.2.1"', order);

  const attempt = prepare(body, options, place);
  if (order !== undefined) {
    const { error } = await attempt(follow(order, place), true);
    if (error !== undefined) throw error;
    return { orders: 1, complete: false };
  }
  let explored = await runAll(attempt, limit, place);
  if (!explored.complete && explored.failed === undefined) {
    explored = await sample(attempt, limit, seed, explored.orders);
  }
  const { failed, orders, complete } = explored;
  if (failed === undefined) return { orders, complete };
  if (!failed.stuck) throw failed.error;
  // Once more, with an eye on what waits for what: too slow for all the orders.
  const again = await attempt(follow(nameOf(failed.choices), place), true);
  throw again.error ?? failed.error;
}

/** What runs the body once, in the order that is chosen. */
function prepare(
  body: (s: Interleaving) => unknown,
  options: InterleavingsOptions,
  place: Trace,
): (choose: Choose, watched?: boolean) => Promise<Run> {
  // One note is enough, whatever the number of orders.
  let note = (sentence: string): void => {
    note = () => {};
    print(sentence);
  };
  return async (choose, watched = false) => {
    const watch = watched ? watchWaits() : undefined;
    const choices: Choice[] = [];
    const stage = new Stage((count) => {
      const index = choose(count, choices);
      choices.push({ index, count });
      return index;
    });
    const act = (s: Scenario): unknown => body({ ...s, step: stage.step });
    const outcome = await perform(
      watch === undefined ? act : (s) => watch.call(() => act(s)),
      options,
      place,
      (queue) => stage.next(queue),
    ).finally(() => watch?.stop());
    const error = outcome.failure?.error;
    const stuck = error instanceof StuckError;
    const failure = stuck ? { error: deadlock(error, watch?.pending() ?? [], place) } : outcome.failure;
    const told = verdict(
      { ...outcome, failure },
      options,
      place,
      (text) => note(text),
      () => tell(stage, choices),
    );
    return { choices, error: told, stuck };
  };
}

function deadlock({ at }: StuckError, waits: readonly Wait[], place: Trace): StuckError {
  const lines = [
    `Deadlock: at t=${at} virtual ms the body still waits, and no step and no timer is left to wake it.`,
  ];
  for (const { place: line, times } of waits) lines.push(`  ${times} wait${times > 1 ? "" : "s"} at ${line}`);
  const error = new StuckError(at, lines.join("\n"));
  pointAt(error, place);
  return error;
}

function tell(stage: Stage, choices: readonly Choice[]): string {
  const name = nameOf(choices);
  const order = name === "" ? "the order in which the steps began" : "this order";
  return `It happened in ${order}:\n${stage.story()}\nTo run it alone: { order: "${name}" }.`;
}
