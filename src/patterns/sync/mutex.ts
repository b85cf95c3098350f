import { checkFunction, checkNumber } from "../core/check.ts";
import { channel } from "../core/diagnostics.ts";
import { contextOf, sourceOf } from "../core/scope.ts";
import type { Policy, Task } from "../core/task.ts";
import { Semaphore, type AcquireOptions, type Permit, type Voice } from "../limit/semaphore.ts";

/** How one caller asks for a mutex: as for a semaphore, but there is only one permit. */
export type MutexAcquireOptions = Omit<AcquireOptions, "weight">;

/** What a mutex says of itself. */
export interface MutexStats {
  /** Whether somebody holds it. */
  readonly locked: boolean;
  /** Callers that wait. */
  readonly waiting: number;
}

/** Gives a mutex back for its holder, who gets it again by the returned function, under the permit that he has. */
export type Suspend = () => (options: AcquireOptions) => Promise<void>;

const mutexes = /* @__PURE__ */ channel("mutex");

/** For each mutex, what suspends its holder. */
export const suspenders = /* @__PURE__ */ new WeakMap<Mutex, () => Suspend | undefined>();

/**
 * Lets one holder in at a time: a semaphore of one.
 *
 * Only the permit gives it back, so nobody can release what another holds; but see `Condition.wait`. It cannot be entered twice:
 * who asks for a mutex that he holds waits for himself.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { gather, Mutex, sleep } from "yieldpoint";
 *
 * const mutex = new Mutex();
 * let balance = 100;
 * const withdraw = (amount: number) => () => mutex.execute(async () => {
 *   const before = balance;
 *   await sleep(1);
 *   balance = before - amount;
 * });
 * await gather([withdraw(30), withdraw(50)]);
 * assert.equal(balance, 20);
 *
 * {
 *   using permit = await mutex.acquire();
 *   assert.equal(mutex.tryAcquire(), undefined);
 * }
 * assert.equal(mutex.stats().locked, false);
 * ```
 */
export class Mutex implements Policy {
  readonly #semaphore: Semaphore = new Semaphore(1, { told: mutexes, source: this } as Voice);
  /** The holder's; undefined while nobody is inside. */
  #suspend: Suspend | undefined;

  constructor() {
    suspenders.set(this, () => this.#suspend);
  }

  /**
   * Waits until the mutex is free.
   *
   * @param options `priority`: higher is served first, default 0; `signal`: gives up the wait
   * @returns the permit, to be released once
   * @throws `signal.reason` when aborted before the permit was granted; TypeError or RangeError for a `priority` that is no number
   */
  async acquire(options: MutexAcquireOptions = {}): Promise<Permit> {
    const { priority = 0 } = options;
    checkNumber("Mutex: priority", priority, -Infinity);
    return this.#hold(await this.#semaphore.acquire(options));
  }

  /**
   * Takes the mutex if it is free and nobody waits for it.
   *
   * @returns the permit, or undefined
   */
  tryAcquire(): Permit | undefined {
    const held = this.#semaphore.tryAcquire();
    return held && this.#hold(held);
  }

  /**
   * Runs a task while holding the mutex.
   *
   * @param task what to run; its `signal` is the caller's
   * @param options as for `acquire`; an abort ends the wait, a task that has started is followed to its end
   * @returns the task's value
   * @throws the task's failure; whatever `acquire` rejects with; TypeError for a task that is no function
   */
  async execute<T>(task: Task<T>, options: MutexAcquireOptions = {}): Promise<T> {
    checkFunction("Mutex.execute: task", task);
    const permit = await this.acquire(options);
    try {
      // An abort may have come between the grant and this turn.
      sourceOf(options)?.throwIfAborted();
      return await task(contextOf(options));
    } finally {
      permit.release();
    }
  }

  /** Whether it is held, and how many wait. */
  stats(): MutexStats {
    const { held, waiting } = this.#semaphore.stats();
    return { locked: held > 0, waiting };
  }

  #hold(held: Permit): Permit {
    let released = false;
    const suspend: Suspend = () => {
      leave();
      return async (options) => {
        held = await this.#semaphore.acquire(options);
        // Whoever gave his permit back meanwhile does not want the mutex any more.
        if (released) held.release();
        else this.#suspend = suspend;
      };
    };
    const leave = (): void => {
      if (this.#suspend === suspend) this.#suspend = undefined;
      held.release();
    };
    const release = (): void => {
      released = true;
      leave();
    };
    this.#suspend = suspend;
    return { release, [Symbol.dispose]: release };
  }
}
