/// <reference lib="esnext.disposable" preserve="true" />
import { onAbort } from "../core/abort-hub.ts";
import { check, checkCount, checkFunction, checkNumber } from "../core/check.ts";
import { QueueFullError } from "../core/errors.ts";
import { Scope } from "../core/scope.ts";
import type { AbortOptions, Policy, Task } from "../core/task.ts";
import { WaiterList, type Waiting } from "../core/waiters.ts";

/** How a semaphore queues. */
export interface SemaphoreOptions {
  /** How many may wait; one more is refused with QueueFullError. An integer of at least 0. Default: Infinity. */
  readonly maxQueue?: number | undefined;
}

/** How one caller asks for permits. */
export interface AcquireOptions extends AbortOptions {
  /** How many permits the caller takes at once; an integer from 1 to the semaphore's permits. Default: 1. */
  readonly weight?: number | undefined;
  /** A higher one is served first; within one it is first come, first served. Default: 0. */
  readonly priority?: number | undefined;
}

/** What a holder gives back; `using` does it at the end of the block. Giving it back twice is harmless. */
export interface Permit extends Disposable {
  readonly release: () => void;
}

/** What a semaphore says of itself. */
export interface SemaphoreStats {
  /** The limit, as last set. */
  readonly permits: number;
  /** Permits held now; after a resize to less, it may exceed `permits` for a while. */
  readonly held: number;
  /** Callers that wait. */
  readonly waiting: number;
}

/**
 * Lets at most `permits` holders in at once; the others wait in line.
 *
 * First come, first served within a priority: a heavy caller at the head is not overtaken by light ones behind it. A
 * caller that gives up takes no permit and holds nobody up. What a task holds it holds until it is really over.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { gather, Semaphore, sleep } from "yieldpoint";
 *
 * const semaphore = new Semaphore(2);
 * let running = 0;
 * let most = 0;
 * const page = (n: number) => () => semaphore.execute(async () => {
 *   most = Math.max(most, ++running);
 *   await sleep(1);
 *   running--;
 *   return n;
 * });
 * assert.deepEqual(await gather([1, 2, 3, 4].map(page)), [1, 2, 3, 4]);
 * assert.equal(most, 2);
 *
 * {
 *   using permit = await semaphore.acquire();
 *   assert.equal(semaphore.stats().held, 1);
 * }
 * assert.equal(semaphore.stats().held, 0);
 * ```
 */
export class Semaphore implements Policy {
  #permits: number;
  #held = 0;
  readonly #maxQueue: number;
  readonly #waiters: WaiterList<Waiter> = new WaiterList();

  /**
   * @param permits how many may hold at once; an integer of at least 1, or Infinity
   * @param options `maxQueue`: how many may wait, default Infinity
   * @throws TypeError or RangeError for `permits` or a `maxQueue` that is no such number
   */
  constructor(permits: number, { maxQueue = Infinity }: SemaphoreOptions = {}) {
    checkCount("Semaphore: permits", permits, 1);
    checkCount("Semaphore: maxQueue", maxQueue, 0);
    this.#permits = permits;
    this.#maxQueue = maxQueue;
  }

  /**
   * Waits for permits.
   *
   * @param options `weight`: how many, default 1; `priority`: higher is served first, default 0; `signal`: gives up the wait
   * @returns the permit, to be released once
   * @throws `signal.reason` when aborted before the permit was granted; QueueFullError when `maxQueue` already wait; RangeError for
   * a `weight` above the permits, also when a resize leaves too few for it; TypeError or RangeError for other bad options
   */
  async acquire({ weight = 1, priority = 0, signal }: AcquireOptions = {}): Promise<Permit> {
    const turn = this.#enter(weight, priority, signal);
    if (turn) await turn;
    return this.#permit(weight);
  }

  /**
   * Takes permits if they are free and nobody waits for them.
   *
   * @param weight how many, default 1
   * @returns the permit, or undefined
   * @throws TypeError or RangeError for a bad `weight`
   */
  tryAcquire(weight = 1): Permit | undefined {
    this.#checkWeight(weight);
    return this.#admit(weight, -Infinity) ? this.#permit(weight) : undefined;
  }

  /**
   * Runs a task while holding permits.
   *
   * @param task what to run; its `signal` is the caller's
   * @param options as for `acquire`; an abort ends the wait, a task that has started is followed to its end
   * @returns the task's value
   * @throws the task's failure; whatever `acquire` rejects with; TypeError for a task that is no function
   */
  async execute<T>(task: Task<T>, options: AcquireOptions = {}): Promise<T> {
    checkFunction("Semaphore.execute: task", task);
    const { weight = 1, priority = 0, signal } = options;
    const turn = this.#enter(weight, priority, signal);
    if (turn) await turn;
    try {
      // An abort may have come between the grant and this turn.
      if (turn) signal?.throwIfAborted();
      return await task(new Scope(signal));
    } finally {
      this.#release(weight);
    }
  }

  /**
   * Changes the limit. Holders stay; with fewer permits than are held, newcomers wait until enough came back.
   *
   * @param permits the new limit; an integer of at least 1, or Infinity
   * @throws TypeError or RangeError for `permits` that is no such number
   */
  resize(permits: number): void {
    checkCount("Semaphore.resize: permits", permits, 1);
    this.#permits = permits;
    this.#serve();
  }

  /** The limit, what is held of it, and how many wait. */
  stats(): SemaphoreStats {
    return { permits: this.#permits, held: this.#held, waiting: this.#waiters.size };
  }

  #checkWeight(weight: number): void {
    const whole = Number.isInteger(weight) && weight >= 1;
    if (whole && weight <= this.#permits) return;
    check(whole, "Semaphore: weight", "an integer >= 1", weight);
    check(false, "Semaphore: weight", `at most the permits (${this.#permits})`, weight);
  }

  /** Takes the permits if they are free and nobody waits whose turn is first. */
  #admit(weight: number, priority: number): boolean {
    const head = this.#waiters.peek();
    const free = !(head && head.priority >= priority) && this.#held + weight <= this.#permits;
    if (free) this.#held += weight;
    return free;
  }

  /** Takes the permits at once and gives undefined, or a promise that resolves when they are taken. */
  #enter(weight: number, priority: number, signal: AbortSignal | undefined): Promise<void> | undefined {
    this.#checkWeight(weight);
    checkNumber("Semaphore: priority", priority, -Infinity);
    signal?.throwIfAborted();
    if (this.#admit(weight, priority)) return undefined;
    if (this.#waiters.size >= this.#maxQueue) {
      throw new QueueFullError(`Semaphore: the queue is full, ${this.#maxQueue} may wait`);
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { priority, weight, left: false, signal, resolve, reject, unlisten: undefined };
      if (signal) {
        waiter.unlisten = onAbort(signal, (reason) => {
          this.#leave(waiter);
          reject(reason);
          // A heavy one that gives up may have held up lighter ones that fit.
          this.#serve();
        });
      }
      this.#waiters.add(waiter);
    });
  }

  #leave(waiter: Waiter): void {
    this.#waiters.remove(waiter);
    waiter.unlisten?.();
  }

  #permit(weight: number): Permit {
    let held = true;
    const release = (): void => {
      if (held) this.#release(weight);
      held = false;
    };
    return { release, [Symbol.dispose]: release };
  }

  #release(weight: number): void {
    this.#held -= weight;
    this.#serve();
  }

  /** Lets in those who fit, from the head. Granting takes the permits at once, so no abort can come between. */
  #serve(): void {
    for (let waiter = this.#waiters.peek(); waiter; waiter = this.#waiters.peek()) {
      // It may be about to hear of an abort that others hear of first, and a resize may have left too few permits for it.
      if (waiter.signal?.aborted || waiter.weight > this.#permits) {
        this.#leave(waiter);
        try {
          waiter.signal?.throwIfAborted();
          this.#checkWeight(waiter.weight);
        } catch (error) {
          waiter.reject(error);
        }
      } else {
        if (this.#held + waiter.weight > this.#permits) return;
        this.#held += waiter.weight;
        this.#leave(waiter);
        waiter.resolve();
      }
    }
  }
}

interface Waiter extends Waiting {
  readonly weight: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
  unlisten: (() => void) | undefined;
}
