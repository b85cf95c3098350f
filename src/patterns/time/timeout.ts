import { listen, type AbortEar, type AbortHub, type AbortListener } from "../core/abort-hub.ts";
import { checkCallback, checkFunction, checkNumber } from "../core/check.ts";
import { startDeadline, type Batch, type Timed } from "../core/deadline.ts";
import { TimeoutError } from "../core/errors.ts";
import { Scope, sourceOf, type CallOptions } from "../core/scope.ts";
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
 * that is due with the deadline wins. The timer never outlives the call.
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
  return new Promise((resolve, reject) => {
    checkFunction("timeout: task", task);
    checkNumber("timeout: ms", ms, 0);
    checkCallback("timeout: fallback", fallback);
    const source = sourceOf(options);
    const run = new Run<T | F>(ms, (options as CallOptions).attempt, resolve, reject);
    if (fallback || source) run.extras = { fallback, hub: source && listen(source, run) };
    run.start(task);
  });
}

/** What few calls have: kept apart, since every field counts where many calls are pending. */
interface Extras<T> {
  readonly fallback: (() => T | PromiseLike<T>) | undefined;
  readonly hub: AbortHub | undefined;
}

class Run<T> extends Scope implements Timed, AbortListener {
  readonly ms: number;
  batch: Batch | undefined | null;
  index = 0;
  extras: Extras<T> | undefined;
  readonly #resolve: (value: T) => void;
  readonly #reject: (reason: unknown) => void;
  // A shared timer fires in the AsyncLocalStorage context of one of those that share it.
  #tell: ((reason: unknown) => void) | boolean = false;

  constructor(
    ms: number,
    attempt: number | undefined,
    resolve: (value: T) => void,
    reject: (reason: unknown) => void,
  ) {
    super(attempt);
    this.ms = ms;
    this.#resolve = resolve;
    this.#reject = reject;
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
    call(task, this).then(
      (value) => {
        if (this.batch === null) return;
        this.#end();
        this.#resolve(value);
      },
      (error: unknown) => {
        if (this.batch === null) return;
        this.#end();
        this.#reject(error);
      },
    );
    // The task may have aborted the caller's signal as it started.
    if (this.batch !== null) this.#tell = startDeadline(this, !this.extras?.fallback && !this.heard);
  }

  expire(): void {
    const error = new TimeoutError(this.ms);
    const tell = this.#tell;
    // Before the caller hears of it.
    if (typeof tell === "function") tell(error);
    if (this.extras?.fallback) {
      this.#leave();
      this.#answer(this.extras.fallback);
    } else {
      this.#end();
      this.#reject(error);
    }
    if (typeof tell !== "function") this.abort(error);
  }

  onAbort(reason: unknown): void {
    if (this.batch !== null) this.#end();
    this.#reject(reason);
    this.abort(reason);
  }

  /** Whoever listens from now on is told in the context of whoever makes it listen. */
  #keepContext(): void {
    if (this.#tell !== true) return;
    void new Promise((resolve) => {
      this.#tell = resolve;
    }).then((reason) => this.abort(reason));
  }

  #answer(fallback: () => T | PromiseLike<T>): void {
    call(() => fallback(), this).then(
      (value) => {
        this.#unlisten();
        this.#resolve(value);
      },
      (error: unknown) => {
        this.#unlisten();
        this.#reject(error);
      },
    );
  }

  #end(): void {
    this.#leave();
    this.#unlisten();
  }

  #leave(): void {
    this.batch?.leave(this);
    this.batch = null;
  }

  #unlisten(): void {
    this.extras?.hub?.leave(this);
  }
}
