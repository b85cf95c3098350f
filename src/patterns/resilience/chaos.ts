import { check, checkFunction, checkNumber, optionsOf } from "../core/check.ts";
import { channel, tell } from "../core/diagnostics.ts";
import { contextOf, sourceOf } from "../core/scope.ts";
import type { Policy } from "../core/task.ts";
import { sleep } from "../time/sleep.ts";

/** Gives numbers of at least 0 and below 1, the same ones for the same seed. */
export type SeededRandom = () => number;

/** What `chaos` injects, and how often. Rates are shares of the calls, from 0 to 1. */
export interface ChaosOptions<R> {
  /** How many calls fail without being made. Default: 0. */
  readonly faultRate?: number | undefined;
  /** What they fail with: an error, or a function that makes one. Default: an Error whose `code` is `ERR_CHAOS`. */
  readonly fault?: Error | ((random: SeededRandom) => unknown) | undefined;
  /** How many calls are held up before anything else happens to them. Default: 0. */
  readonly latencyRate?: number | undefined;
  /** For how long: milliseconds, or a function that says so; Infinity holds up until aborted. Default: 1,000. */
  readonly latency?: number | ((random: SeededRandom) => number) | undefined;
  /** How many of the calls that do not fail are answered without being made. Default: 0. */
  readonly resultRate?: number | undefined;
  /** The answer, or a function that makes it. It must be given where there is a `resultRate`. */
  readonly result?: R | ((random: SeededRandom) => R | PromiseLike<R>) | undefined;
  /** An integer: with the same one, the n-th call meets with the same. Default: a random one, which `stats()` tells. */
  readonly seed?: number | undefined;
}

/** What was injected so far. */
export interface ChaosStats {
  readonly seed: number;
  /** Calls that came, whatever happened to them. */
  readonly calls: number;
  readonly latencies: number;
  readonly faults: number;
  readonly results: number;
}

/** The policy that `chaos` makes. */
export interface Chaos<R = never> extends Policy<R> {
  stats(): ChaosStats;
}

const policies = /* @__PURE__ */ channel("chaos");

/**
 * Makes a policy that disturbs the calls that it runs, to see what those around it make of that: `compose(retry, breaker, chaos)`.
 *
 * A call is first held up, then it fails, or is answered, or is made. What happens to the n-th call depends on the seed and on n alone:
 * not on when other calls end. Each kind of disturbance has a sequence of its own, so a change of one rate leaves the others' hits as they
 * are; and a higher rate hits the same calls, and some more. Where a rate is 0, no number is drawn; where all are, it is as if the policy
 * were not there.
 *
 * @param options `faultRate`, `latencyRate`, `resultRate`: shares of the calls, from 0 to 1, default 0; `fault`: an error or a function that
 * makes one; `latency`: milliseconds or a function, default 1,000; `result`: a value or a function that makes it; `seed`: an
 * integer, default a random one
 * @returns a policy; its `execute` rejects at once with `signal.reason` when aborted while the call is held up, and does not make it
 * @throws TypeError or RangeError for a rate outside [0, 1], a `latency` that is no number >= 0 (from a function: `execute` rejects with
 * that), a `resultRate` without `result`, or a seed that is no integer
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chaos, retry } from "yieldpoint";
 *
 * const flaky = chaos({ faultRate: 0.5, seed: 1 });
 * const call = () => flaky.execute(() => "worked");
 * assert.equal(await retry(call, { attempts: 20, backoff: 0 }), "worked");
 * const { calls, faults } = flaky.stats();
 * assert.equal(faults, calls - 1);
 * ```
 */
export function chaos<R = never>(options: ChaosOptions<R> = {}): Chaos<R> {
  const { latency = 1_000, fault = newFault, result, seed = Math.floor(Math.random() * 2 ** 32) } = options;
  const option = optionsOf("chaos", options);
  const rates = (["latencyRate", "faultRate", "resultRate"] as const).map((name) =>
    option(name, checkShare, 0),
  );
  if (typeof latency !== "function") checkNumber("chaos: latency", latency);
  check(!rates[2] || result !== undefined, "chaos: result", "given", result);
  check(Number.isInteger(seed), "chaos: seed", "an integer", seed);
  const counts = { calls: 0, latencies: 0, faults: 0, results: 0 };
  const count = (event: "latencies" | "faults" | "results"): void => {
    counts[event]++;
    tell(policies, policy, event);
  };
  const policy: Chaos<R> = {
    async execute(task, caller = {}) {
      checkFunction("chaos: task", task);
      const source = sourceOf(caller);
      source?.throwIfAborted();
      // Drawn before any wait, so that it is the calls' order that counts. Seeds next to each other begin far apart.
      const start = Math.imul(seed, 0x6d2b79f5) + 3 * counts.calls++;
      const [late, fails, answered] = rates.map((rate, kind) => {
        const random = generator(start + kind);
        return rate > 0 && random() < rate && random;
      });
      if (late) {
        count("latencies");
        const ms = make(latency, late);
        checkNumber("chaos: latency", ms);
        await sleep(ms, caller);
        // An abort may have come between the timer and this turn.
        source?.throwIfAborted();
      }
      if (fails) {
        count("faults");
        throw make<unknown>(fault, fails);
      }
      if (answered) {
        count("results");
        return make(result as R | PromiseLike<R>, answered);
      }
      return task(contextOf(caller));
    },
    stats: () => ({ seed, ...counts }),
  };
  return policy;
}

function make<V>(what: V | ((random: SeededRandom) => V), random: SeededRandom): V {
  return typeof what === "function" ? (what as (random: SeededRandom) => V)(random) : what;
}

function checkShare(what: string, share: number): void {
  checkNumber(what, share);
  check(share <= 1, what, "at most 1", share);
}

function newFault(): Error {
  return Object.assign(new Error("injected by chaos"), { code: "ERR_CHAOS" });
}

/** The generator known as splitmix32: each number is a hash of where it stands, so no two calls draw from the same ones. */
function generator(state: number): SeededRandom {
  return () => {
    let mixed = (state += 0x9e3779b9);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
