import { captureTrace, pointAt } from "./callsite.ts";
import { checkFunction } from "../patterns/core/check.ts";
import { isFromRun, StuckError, TimerLimitError } from "./errors.ts";
import { realPause, realTurn } from "./real.ts";
import { noWatch, watchRealIO, type RealIOWatch } from "./real-io.ts";
import { hidden, longestDelay, type PendingTimer, type TimerQueue } from "./timer-queue.ts";

export interface DriverOptions {
  readonly maxTimers: number;
  readonly realIO: "reject" | "allow";
  /** Makes happen what is to happen next, and gives it; undefined where nothing can. */
  readonly next: (queue: TimerQueue) => Happening | undefined;
}

/** A timer that fired, or what else can happen on a clock. */
export interface Happening {
  describe(): PendingTimer;
}

interface Advance {
  /** All that was due is about to have fired: its own timer went off. */
  reached: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Real turns without a timer after which only something slow can still come, such as a module that is imported. */
const idleTurns = 10;
/** Pauses of a real millisecond after which nothing can be expected to come any more. */
const idlePauses = 50;

/**
 * Moves a queue's time while somebody wants it moved: a body that runs, or an advance.
 *
 * There is one loop for both, so that `advance` inside a body and the body itself never pull at the clock together.
 */
export class Driver {
  readonly #queue: TimerQueue;
  readonly #options: DriverOptions;
  readonly #advances = new Set<Advance>();
  #body: { readonly reject: (error: unknown) => void; readonly watch: RealIOWatch } | undefined;
  #driving = false;
  #stopped: Error | undefined;

  constructor(queue: TimerQueue, options: DriverOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  advance(ms: number): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    const target = this.#queue.now + ms;
    const done = new Promise<void>((resolve, reject) => {
      const advance: Advance = { reached: false, resolve, reject };
      const step = (): void => {
        const left = target - this.#queue.now;
        if (left === 0) advance.reached = true;
        else
          this.#queue.arm({ kind: hidden, callback: step, delay: Math.min(left, longestDelay), below: step });
      };
      step();
      this.#advances.add(advance);
    });
    this.#start();
    return done;
  }

  async run<T>(body: () => T | PromiseLike<T>, below: (...args: never[]) => unknown): Promise<T> {
    checkFunction("run: body", body);
    if (this.#stopped !== undefined) throw this.#stopped;
    if (this.#body !== undefined)
      throw new Error("run: another run of this clock is in progress; await it first");
    const place = captureTrace(below);
    const watch = this.#options.realIO === "allow" ? noWatch : watchRealIO();
    const failure = new Promise<never>((_resolve, reject) => {
      this.#body = { reject, watch };
    });
    this.#start();
    try {
      const value = await Promise.race([watch.call(() => invoke(body)), failure]);
      if (watch.found !== undefined) throw watch.found;
      return value;
    } catch (error) {
      // The real operation is the cause of whatever else went wrong.
      const cause = watch.found ?? error;
      if (isFromRun(cause)) pointAt(cause, place);
      throw cause;
    } finally {
      this.#body = undefined;
      watch.stop();
    }
  }

  /** Ends what is under way; from now on time does not move. */
  stop(reason: Error): void {
    this.#stopped = reason;
  }

  #start(): void {
    if (this.#driving) return;
    this.#driving = true;
    void this.#moveTime();
  }

  async #moveTime(): Promise<void> {
    let fired = 0;
    let idle = 0;
    try {
      for (;;) {
        await realTurn();
        if (this.#stopped !== undefined) throw this.#stopped;
        if (this.#body?.watch.found !== undefined) throw this.#body.watch.found;
        if (this.#resolveAdvances()) continue;
        if (this.#body === undefined && this.#advances.size === 0) return;

        const timer = this.#options.next(this.#queue);
        if (timer !== undefined) {
          idle = 0;
          fired++;
          if (fired > this.#options.maxTimers) {
            const { kind, at } = timer.describe();
            const last = `a ${kind || "timer"}${at === undefined ? "" : ` armed at ${at}`}`;
            throw new TimerLimitError(this.#options.maxTimers, this.#queue.now, last);
          }
        } else if (this.#options.realIO === "allow") {
          await realPause(1);
        } else if (++idle > idleTurns) {
          if (idle > idleTurns + idlePauses) throw new StuckError(this.#queue.now);
          await realPause(1);
        }
      }
    } catch (error) {
      this.#body?.reject(error);
      for (const advance of this.#advances) advance.reject(error);
      this.#advances.clear();
    } finally {
      // At once: a demand that comes in before this function's promise settles needs a loop of its own.
      this.#driving = false;
    }
  }

  /** Resolves the advances whose time has come, once nothing else is due at this instant. */
  #resolveAdvances(): boolean {
    const reached = [...this.#advances].filter((advance) => advance.reached);
    if (reached.length === 0 || this.#queue.hasDue()) return false;
    for (const advance of reached) {
      this.#advances.delete(advance);
      advance.resolve();
    }
    return true;
  }
}

async function invoke<T>(body: () => T | PromiseLike<T>): Promise<T> {
  return body();
}
