import { listen, type AbortEar, type AbortHub, type AbortListener } from "../core/abort-hub.ts";
import { checkCallback, checkFunction, checkNumber } from "../core/check.ts";
import { startDeadline, type Batch, type Timed } from "../core/deadline.ts";
import { deferred, takeResolve, type Resolve } from "../core/deferred.ts";
import { TimeoutError } from "../core/errors.ts";
import { Scope, sourceOf, type CallOptions } from "../core/scope.ts";
import { follow, unfollow, type Watcher } from "../core/settlement.ts";
import { call, type AbortOptions, type Task } from "../core/task.ts";

/** What `timeout` does beside rejecting. */
export interface TimeoutOptions<F> extends AbortOptions {
  /** Called when the deadline has passed; its result is the answer then, instead of a TimeoutError. */
  readonly fallback?: (() => F | PromiseLike<F>) | undefined;
}

/**
 * Gives a task a time to finish in.
 *
 * When the deadline passes, the task's signal aborts with the TimeoutError and its result is no longer waited for. A result
 * that is due with the deadline wins, if its timer was set as the task started. The timer never outlives the call.
 *
 * The time begins when the task has started and has first given way; what it computes before, nothing could stop.
 *
 * @param task what to run; it should stop when its `signal` aborts, but need not
 * @param ms milliseconds, at least 0; over 2^31-1 is fine, Infinity sets no deadline
 * @param options `fallback`: answers in place of a TimeoutError; `signal`: gives up, telling the task
 * @returns the task's value, or the fallback's
 * @throws TimeoutError at the deadline, unless there is a fallback; the task's or the fallback's failure; `signal.reason`
 * when aborted; TypeError or RangeError for an `ms` that is no number >= 0 or a task that is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sleep, timeout } from "yieldpoint";
 *
 * const slow = async ({ signal }: { signal: AbortSignal }) => { await sleep(1_000, { signal }); return "fresh"; };
 * await assert.rejects(timeout(slow, 5), { code: "ERR_TIMEOUT" });
 * assert.equal(await timeout(slow, 5, { fallback: () => "cached" }), "cached");
 * ```
 */
export function timeout<T, F = never>(
  task: Task<T>,
  ms: number,
  options: TimeoutOptions<F> = {},
): Promise<T | F> {
  return runWithin(task, ms, options.fallback, options);
}

/** As `timeout`, for whoever has the fallback in another place than the rest. */
export function runWithin<T, F>(
  task: Task<T>,
  ms: number,
  fallback: TimeoutOptions<F>["fallback"],
  options: AbortOptions = {},
): Promise<T | F> {
  try {
    checkFunction("timeout: task", task);
    checkNumber("timeout: ms", ms);
    checkCallback("timeout: fallback", fallback);
    const source = sourceOf(options);
    const promise = deferred<T | F>();
    const run = new Run<T | F>(ms, takeResolve(), (options as CallOptions).attempt);
    if (fallback || source) run.extras = { fallback, hub: source && listen(source, run) };
    run.start(task);
    return promise;
  } catch (error) {
    return Promise.reject(error);
  }
}

/** What few calls have: kept apart, since every field counts where many calls are pending. */
interface Extras<T> {
  readonly fallback?: (() => T | PromiseLike<T>) | undefined;
  readonly hub?: AbortHub | undefined;
  /** Tells of an abort in the AsyncLocalStorage context of whoever listens. */
  readonly tell?: Resolve<unknown> | undefined;
}

class Run<T> extends Scope implements Timed, AbortListener, Watcher {
  readonly ms: number;
  batch: Batch | undefined | null;
  index = 0;
  extras: Extras<T> | undefined;
  readonly #resolve: Resolve<T>;
  #promise: Promise<T> | undefined;

  constructor(ms: number, resolve: Resolve<T>, attempt: number | undefined) {
    super(attempt);
    this.ms = ms;
    this.#resolve = resolve;
  }

  override get signal(): AbortSignal {
    this.#keepContext();
    return super.signal;
  }

  override addEventListener(type: "abort", listener: AbortEar): void {
    this.#keepContext();
    super.addEventListener(type, listener);
  }

  start(task: Task<T>): void {
    const promise = call(task, this);
    follow(promise, this);
    this.#promise = promise;
    // The task may have aborted the caller's signal as it started.
    if (this.batch === null) unfollow(promise, this);
    else startDeadline(this, !this.extras?.fallback && !this.heard);
  }

  onValue(value: T): void {
    if (this.batch === null) return;
    this.#end();
    this.#resolve(value);
  }

  onError(error: unknown): void {
    if (this.batch === null) return;
    this.#end();
    this.#fail(error);
  }

  expire(): void {
    const error = new TimeoutError(this.ms);
    const { fallback, hub, tell } = this.extras ?? {};
    // Before the caller hears of it.
    tell?.(error);
    this.#letGo();
    if (fallback) {
      // An abort still ends it.
      call(() => fallback(), this)
        .finally(() => hub?.leave(this))
        .then(this.#resolve, (fault) => this.#fail(fault));
    } else {
      hub?.leave(this);
      this.#fail(error);
    }
    if (!tell) this.abort(error);
  }

  onAbort(reason: unknown): void {
    this.#letGo();
    this.#fail(reason);
    this.abort(reason);
  }

  /** Whoever listens from now on is told in the context of whoever makes it listen, not in that of a shared timer. */
  #keepContext(): void {
    if (!this.batch?.shared || this.extras?.tell) return;
    void deferred().then((reason) => this.abort(reason));
    this.extras = { ...this.extras, tell: takeResolve() };
  }

  /** What rejects it is not kept: what resolves it can be given a promise that has rejected. */
  #fail(reason: unknown): void {
    const failed = Promise.reject(reason);
    // The call may be over, and then nobody takes it.
    failed.catch(() => {});
    this.#resolve(failed);
  }

  #end(): void {
    this.#leave();
    this.extras?.hub?.leave(this);
  }

  #letGo(): void {
    this.#leave();
    if (this.#promise) unfollow(this.#promise, this);
  }

  #leave(): void {
    this.batch?.leave(this);
    this.batch = null;
  }
}
