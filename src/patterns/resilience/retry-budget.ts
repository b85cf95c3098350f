import { check, checkCount, checkNumber, optionsOf } from "../core/check.ts";
import { channel, tell } from "../core/diagnostics.ts";

/** How much a budget allows. */
export interface RetryBudgetOptions {
  /** What each first call earns: this many further calls; a number of at least 0. Default: 0.2. */
  readonly ratio?: number | undefined;
  /** How many further calls are there at the start; an integer of at least 0, or Infinity. Default: 3. */
  readonly reserve?: number | undefined;
}

/** What a budget says of itself; the counts are since it was made. */
export interface RetryBudgetStats {
  /** How many further calls it would allow now. */
  readonly available: number;
  /** First calls, each of which has earned its share. */
  readonly calls: number;
  /** Further calls that were allowed. */
  readonly granted: number;
  /** Further calls that were not. */
  readonly refused: number;
}

const budgets = /* @__PURE__ */ channel("retry-budget");

/**
 * Keeps repetitions from drowning a service that is down: all that share a budget make no more further calls than it allows.
 *
 * There is a balance, `reserve` at first. Each first call of `retry` or `hedge` adds `ratio` to it, whether it fails or not; each repetition
 * and each further copy takes 1, and is not made where there is less. So there are never more of them than `reserve` plus `ratio`
 * times the first calls. A long quiet time does not save up for a storm: the balance holds `reserve` plus what 100 calls
 * earn (or plus 1, where they earn less), and what would come on top is lost. No time enters into it.
 *
 * Make one for each service, and give it to all that call it. Where one pattern with it runs in another with it, the inner one's calls earn, too.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { retry, RetryBudget } from "yieldpoint";
 *
 * const budget = new RetryBudget({ ratio: 0.1, reserve: 2 });
 * let calls = 0;
 * const down = () => { calls++; throw new Error("503"); };
 * for (let i = 0; i < 10; i++) await retry(down, { budget, backoff: 0 }).catch(() => {});
 * assert.equal(calls, 10 + 2 + 1);
 * assert.deepEqual(budget.stats(), { available: 0, calls: 10, granted: 3, refused: 10 });
 * ```
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #most: number;
  #balance: number;
  readonly #counts = { calls: 0, granted: 0, refused: 0 };

  /**
   * @param options `ratio`: what each first call earns, default 0.2; `reserve`: what is there at the start, default 3
   * @throws TypeError or RangeError for a `ratio` that is no number >= 0, or a `reserve` that is no integer >= 0 or Infinity
   */
  constructor(options: RetryBudgetOptions = {}) {
    const option = optionsOf("RetryBudget", options);
    this.#ratio = option("ratio", checkNumber, 0.2);
    this.#balance = option("reserve", checkCount, 3);
    this.#most = this.#balance + Math.max(1, 100 * this.#ratio);
  }

  /** Takes in a first call; `retry` and `hedge` do it. */
  deposit(): void {
    this.#counts.calls++;
    this.#balance = Math.min(this.#most, this.#balance + this.#ratio);
  }

  /**
   * Asks for a further call; `retry` and `hedge` do it.
   *
   * @returns whether it may be made
   */
  tryWithdraw(): boolean {
    const granted = this.#available > 0;
    const event = granted ? "granted" : "refused";
    if (granted) this.#balance--;
    this.#counts[event]++;
    tell(budgets, this, event);
    return granted;
  }

  /** What is left, and how often it was asked so far. */
  stats(): RetryBudgetStats {
    return { available: this.#available, ...this.#counts };
  }

  get #available(): number {
    // Ten times 0.1 is a little less than 1.
    const lostByRounding = 1e-9;
    return Math.floor(this.#balance + lostByRounding);
  }
}

/** Refuses what is no budget, where there is one. */
export function checkBudget(what: string, budget: RetryBudget | undefined): void {
  if (budget === undefined) return;
  check(
    typeof (budget as Partial<RetryBudget> | null)?.tryWithdraw === "function",
    what,
    "a RetryBudget",
    budget,
  );
}
