/// <reference lib="esnext.disposable" preserve="true" />
import type { AbortSource } from "../core/abort-hub.ts";
import { checkCallback, checkFunction, checkNumber, checkWhole, optionsOf } from "../core/check.ts";
import { resolved } from "../core/deferred.ts";
import { channel, tell } from "../core/diagnostics.ts";
import { CircuitOpenError } from "../core/errors.ts";
import { notify } from "../core/notify.ts";
import { Context, contextOf, sourceOf } from "../core/scope.ts";
import { call, type AbortOptions, type Policy, type Task } from "../core/task.ts";
import { consecutive, type TripRule, type TripWindow } from "./trip-rules.ts";

const breakers = /* @__PURE__ */ channel("circuit-breaker");

/** `closed` lets calls through, `open` refuses them, `half-open` tries a few, `isolated` is shut by hand. */
export type CircuitState = "closed" | "open" | "half-open" | "isolated";

/** How a call ended. */
export type Outcome = { readonly error: unknown } | { readonly value: unknown };

/** What `onStateChange` is told. */
export interface StateChange {
  readonly from: CircuitState;
  readonly to: CircuitState;
}

/** When a breaker opens, and how it closes again. */
export interface CircuitBreakerOptions {
  /** What opens it: `consecutive(n)`, `countWindow(…)` or `timeWindow(…)`. Default: `consecutive(5)`. */
  readonly trip?: TripRule | undefined;
  /** How long it stays open before it tries again, in milliseconds. Default: 30,000. */
  readonly cooldown?: number | undefined;
  /** How many calls are tried when half-open; all of them must succeed to close it. Default: 1. */
  readonly halfOpen?: { readonly calls: number } | undefined;
  /**
   * Whether a call counts as failed. An error for which it is false is ignored: it counts as neither. Default: every error is a
   * failure, no value is. It is not asked about the error of a caller that gave up; that one is ignored.
   */
  readonly isFailure?: ((outcome: Outcome) => boolean) | undefined;
  /** Told after each change of state; what it throws is ignored. */
  readonly onStateChange?: ((change: StateChange) => void) | undefined;
}

/** What a breaker says of itself; the counts are since it was made. */
export interface CircuitStats {
  readonly state: CircuitState;
  readonly successes: number;
  readonly failures: number;
  /** Calls that counted as neither. */
  readonly ignored: number;
  /** Calls that were refused. */
  readonly rejected: number;
}

/**
 * Stops calling what keeps failing, and tries it again after a while.
 *
 * Closed, it counts how calls end, and opens when the trip rule says so. Open, it refuses calls at once with CircuitOpenError. After
 * the cooldown it lets `halfOpen.calls` calls in: it closes when they have all succeeded, and opens again when one fails or is slow.
 * A result of a call that started before the last change of state changes nothing. Where trial calls have not ended one cooldown
 * after the last of them began, as many others are let in; whichever end then decide. It holds no timer.
 *
 * A call that its own caller gave up counts as neither, so put a timeout inside, `breaker.execute(() => timeout(task, ms))`: outside, the
 * deadline is the caller's own abort, and a service that only hangs never opens the circuit.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CircuitBreaker, consecutive } from "yieldpoint";
 *
 * const breaker = new CircuitBreaker({ trip: consecutive(2), cooldown: 10_000 });
 * let calls = 0;
 * const down = () => { calls++; throw new Error("connection refused"); };
 * for (let i = 0; i < 5; i++) await breaker.execute(down).catch(() => {});
 * assert.equal(calls, 2);
 * assert.equal(breaker.state, "open");
 * ```
 */
export class CircuitBreaker implements Policy {
  readonly #trip: TripRule;
  readonly #cooldown: number;
  readonly #trials: number;
  readonly #isFailure: (outcome: Outcome) => boolean;
  readonly #onStateChange: ((change: StateChange) => void) | undefined;

  /** Made anew at each change of state. */
  #window: TripWindow;
  #state: "closed" | "open" | "half-open" = "closed";
  /** Since when it is open; half-open: since when the newest trial runs. */
  #since = 0;
  /** Grows at each change of state and whenever others are let in for trials that hang. */
  #batch = 0;
  /** The first batch since the last change of state; calls of earlier ones change nothing. */
  #era = 0;
  /** Trials that may still start, none but half-open, and successes that are still owed. */
  #open = 0;
  #owed = 0;
  #isolations = 0;
  readonly #counts = { successes: 0, failures: 0, ignored: 0, rejected: 0 };
  /** The end of each call of this batch that has nothing of its own to remember. */
  #plain: Ends;

  /**
   * @param options see CircuitBreakerOptions
   * @throws TypeError or RangeError for a `cooldown` that is no number >= 0, `halfOpen.calls` that is no integer >= 1, or a callback
   * that is no function
   */
  constructor(options: CircuitBreakerOptions = {}) {
    const { halfOpen = { calls: 1 } } = options;
    const option = optionsOf("CircuitBreaker", options);
    this.#trip = option("trip", checkFunction, consecutive(5));
    this.#cooldown = option("cooldown", checkNumber, 30_000);
    this.#trials = halfOpen.calls;
    checkWhole("CircuitBreaker: halfOpen.calls", this.#trials);
    this.#isFailure = option("isFailure", checkFunction, (outcome) => "error" in outcome);
    this.#onStateChange = option("onStateChange", checkCallback);
    this.#window = this.#trip();
    this.#plain = this.#ends();
  }

  /** The state as the next call will find it: `half-open` from the moment that the cooldown is over. */
  get state(): CircuitState {
    const stored = this.#stored();
    return stored === "open" && this.#left() === 0 ? "half-open" : stored;
  }

  /**
   * Runs a task, unless the circuit is open.
   *
   * @param task what to run; its `signal` is the caller's
   * @param options `signal`: looked at before the task starts, and handed to it
   * @returns the task's value
   * @throws CircuitOpenError with `retryAfter` when the call was refused; the task's failure; `signal.reason` when aborted before; what
   * `isFailure` throws (the call is ignored then); TypeError for a task that is no function
   */
  execute<T>(task: Task<T>, options?: AbortOptions): Promise<T> {
    try {
      checkFunction("CircuitBreaker.execute: task", task);
      const source = options && sourceOf(options);
      source?.throwIfAborted();
      const retryAfter = this.#admit();
      if (retryAfter > 0) {
        const message = `the circuit is ${this.#stored()}, the call was not made`;
        // Made here, not deeper, and not thrown: each frame of its stack costs time. So does a rejection before anyone listens.
        const error = new CircuitOpenError(message, retryAfter);
        return new Promise((_, reject) => void resolved.then(() => reject(error)));
      }
      const [pass, fail] = source || this.#window.timed ? this.#ends(source) : this.#plain;
      return call(task, options ? contextOf(options) : new Context()).then(pass, fail) as Promise<T>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Shuts the circuit by hand: every call is refused until the returned handle is disposed of; with several handles, all of
   * them. What the breaker knew before holds again then.
   */
  isolate(): Disposable {
    let held = true;
    const before = this.#stored();
    this.#isolations++;
    this.#tell(before);
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#isolations--;
        this.#tell("isolated");
      },
    };
  }

  /** The state and how calls ended so far. */
  stats(): CircuitStats {
    return { state: this.state, ...this.#counts };
  }

  #now(): number {
    return this.#window.timed ? performance.now() : 0;
  }

  /** Milliseconds of the cooldown that are left. A last part of one does not count: timers may fire that much early. */
  #left(): number {
    const left = this.#since + this.#cooldown - performance.now();
    return left < 1 ? 0 : left;
  }

  /** Lets one call in; or tells how many milliseconds it should wait, which is more than 0. */
  #admit(): number {
    let left = 0;
    if (this.#isolations > 0) left = Infinity;
    else if (this.#open > 0) {
      this.#open--;
      this.#since = performance.now();
    } else if (this.#state !== "closed") {
      left = Math.ceil(this.#left());
      if (left === 0) this.#change("half-open");
    }
    if (left > 0) this.#count("rejected");
    return left;
  }

  /** What is to be done at the end of a call that starts now. */
  #ends(source?: AbortSource): Ends {
    const batch = this.#batch;
    const start = this.#now();
    const end = (outcome: Outcome): unknown => {
      let result: Result = "ignored";
      try {
        if ("error" in outcome) {
          if (!source?.aborted && this.#isFailure(outcome)) result = "failures";
          throw outcome.error;
        }
        result = this.#isFailure(outcome) ? "failures" : "successes";
        return outcome.value;
      } finally {
        this.#record(batch, start, result);
      }
    };
    return [(value) => end({ value }), (error) => end({ error })];
  }

  #record(batch: number, start: number, result: Result): void {
    this.#count(result);
    if (batch < this.#era) return;

    if (result === "ignored") {
      // It proved nothing, so another call may be tried in its place.
      if (this.#state === "half-open" && batch === this.#batch) this.#open++;
      return;
    }
    const failed = result === "failures";
    const now = this.#now();
    if (this.#state === "half-open") {
      if (failed || this.#window.isSlow(now - start)) this.#change("open");
      else if (--this.#owed === 0) this.#change("closed");
    } else if (this.#window.record(failed, now - start, now)) {
      this.#change("open");
    }
  }

  #count(event: Result | "rejected"): void {
    this.#counts[event]++;
    tell(breakers, this, event);
  }

  #change(to: "closed" | "open" | "half-open"): void {
    const from = this.#stored();
    this.#batch++;
    if (this.#state !== to) {
      this.#state = to;
      this.#era = this.#batch;
      this.#owed = this.#trials;
      this.#window = this.#trip();
    }
    this.#since = performance.now();
    // The call that made it half-open is the first.
    this.#open = to === "half-open" ? this.#trials - 1 : 0;
    this.#plain = this.#ends();
    this.#tell(from);
  }

  /** The state that was last told of: an open circuit whose cooldown is over turns half-open with the next call. */
  #stored(): CircuitState {
    return this.#isolations > 0 ? "isolated" : this.#state;
  }

  #tell(from: CircuitState): void {
    const to = this.#stored();
    if (from === to) return;
    const change = { from, to };
    tell(breakers, this, "state", change);
    notify(this.#onStateChange, change);
  }
}

/** What a call counts as. */
type Result = "successes" | "failures" | "ignored";

/** What is done with the value, or the error, of a call. */
type Ends = readonly [pass: (value: unknown) => unknown, fail: (error: unknown) => unknown];
