/// <reference lib="esnext.disposable" preserve="true" />
import { listen, type AbortHub, type AbortListener, type AbortSource } from "../core/abort-hub.ts";
import { check, checkCount, checkFunction, checkNumber } from "../core/check.ts";
import { deferred, resolved, takeReject, takeResolve, type Reject, type Resolve } from "../core/deferred.ts";
import { channel, tell, timed, type Told } from "../core/diagnostics.ts";
import { QueueFullError } from "../core/errors.ts";
import { Context, contextOf, sourceOf } from "../core/scope.ts";
import { call, type AbortOptions, type Policy, type Task } from "../core/task.ts";
import { abortable } from "../time/abortable.ts";
import { Turns, type Waiting } from "./turns.ts";

/** How a semaphore queues. */
export interface SemaphoreOptions {
  /** How many may wait; one more is refused with QueueFullError. An integer of at least 0. Default: Infinity. */
  readonly maxQueue?: number | undefined;
}

/** What a pattern that is made of a semaphore has it tell; it is no option of users. */
export interface Voice extends SemaphoreOptions {
  /** Where; null for nowhere. */
  readonly told?: Told;
  /** Of whom; default: the semaphore itself. */
  readonly source?: object;
}

const semaphores = /* @__PURE__ */ channel("semaphore");

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
 * caller that gives up takes no permit and holds nobody up. What a task holds it holds until it is really over. A task that need not
 * wait starts within the call, and one that waited a microtask after it was let in.
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
  #paused = false;
  /** Made when somebody waits until it is idle. */
  #idle: { readonly promise: Promise<void>; readonly resolve: Resolve<void> } | undefined;
  readonly #maxQueue: number;
  readonly #told: Told;
  readonly #source: object;
  readonly #turns: Turns<Waiter, Resolve<Turn>> = new Turns();
  // One of each for all tasks, none for each of them.
  readonly #start: (turn: Turn) => unknown = (turn) => {
    if (typeof turn === "function") return this.#run(turn, 1);
    const { task, weight, source, context } = turn as Waiter;
    if (!source?.aborted) return this.#run(task as Task<unknown>, weight, context);
    // The abort has come between the grant and this turn.
    this.#release(weight);
    throw source.reason;
  };
  readonly #pass: <T>(value: T) => T = (value) => {
    this.#release(1);
    return value;
  };
  readonly #fail: (error: unknown) => never = (error) => {
    this.#release(1);
    throw error;
  };

  readonly #giveBack: (weight: number) => void = (weight) => this.#release(weight);

  /**
   * @param permits how many may hold at once; an integer of at least 1, or Infinity
   * @param options `maxQueue`: how many may wait, default Infinity
   * @throws TypeError or RangeError for `permits` or a `maxQueue` that is no such number
   */
  constructor(permits: number, options: SemaphoreOptions = {}) {
    const { maxQueue = Infinity, told = semaphores, source = this }: Voice = options;
    checkCount("Semaphore: permits", permits, 1);
    checkCount("Semaphore: maxQueue", maxQueue, 0);
    this.#permits = permits;
    this.#maxQueue = maxQueue;
    this.#told = told;
    this.#source = source;
  }

  get [Symbol.toStringTag](): string {
    return "Semaphore";
  }

  /** Whether nobody is let in until `resume` is called. */
  get paused(): boolean {
    return this.#paused;
  }

  /**
   * Waits for permits.
   *
   * @param options `weight`: how many, default 1; `priority`: higher is served first, default 0; `signal`: gives up the wait
   * @returns the permit, to be released once
   * @throws `signal.reason` when aborted before the permit was granted; the reason given to `clear`; QueueFullError when `maxQueue`
   * already wait; RangeError for a `weight` above the permits, also when a resize leaves too few for it; TypeError or RangeError for
   * other bad options
   */
  acquire(options?: AcquireOptions): Promise<Permit> {
    return this.#ask(undefined, options) as Promise<Permit>;
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
  execute<T>(task: Task<T>, options?: AcquireOptions): Promise<T> {
    try {
      if (typeof task !== "function") checkFunction(`${this[Symbol.toStringTag]}.execute: task`, task);
      return this.#ask(task, options) as Promise<T>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Changes the limit. Holders stay; with fewer permits than are held, newcomers wait until enough came back.
   *
   * @param permits the new limit; an integer of at least 1, or Infinity
   * @throws TypeError or RangeError for `permits` that is no such number
   */
  resize(permits: number): void {
    checkCount(`${this[Symbol.toStringTag]}.resize: permits`, permits, 1);
    this.#permits = permits;
    this.#serve();
  }

  /** Lets nobody in from now on: whoever comes must wait. Holders stay. */
  pause(): void {
    this.#paused = true;
  }

  /** Lets in again, first those who wait. */
  resume(): void {
    this.#paused = false;
    this.#serve();
  }

  /**
   * Turns all away who wait: each of them rejects with the reason. Holders stay.
   *
   * @param reason what they reject with; default: an AbortError, as for `AbortController.abort`
   */
  clear(reason?: unknown): void {
    if (this.#turns.size === 0) return;
    const refused = Promise.reject(AbortSignal.abort(reason).reason);
    for (let waiter = this.#turns.peek(); waiter; waiter = this.#turns.peek()) {
      if (typeof waiter === "object") waiter.hub?.leave(waiter);
      this.#turns.shift()(refused);
    }
    this.#serve();
  }

  /**
   * Waits until nothing is held and nobody waits. Paused, it is not idle while somebody waits.
   *
   * @param options `signal`: gives up the wait
   * @throws `signal.reason` when aborted
   */
  async onIdle({ signal }: AbortOptions = {}): Promise<void> {
    if (this.#held > 0 || this.#turns.size > 0) {
      this.#idle ??= { promise: deferred(), resolve: takeResolve() };
    }
    await abortable(this.#idle?.promise ?? resolved, signal);
  }

  /** The limit, what is held of it, and how many wait. */
  stats(): SemaphoreStats {
    return { permits: this.#permits, held: this.#held, waiting: this.#turns.size };
  }

  #checkWeight(weight: number): void {
    const whole = Number.isInteger(weight) && weight >= 1;
    if (whole && weight <= this.#permits) return;
    const what = `${this[Symbol.toStringTag]}: weight`;
    check(whole, what, "an integer >= 1", weight);
    check(false, what, `at most the permits (${this.#permits})`, weight);
  }

  /** Gives a permit, or runs a task while it holds one: now, or when it has its turn. */
  #ask(task: Task<unknown> | undefined, options: AcquireOptions | undefined): Promise<unknown> {
    try {
      let weight = 1;
      let priority = 0;
      let source: AbortSource | undefined;
      let context: Context | undefined;
      // Most callers give none, and to read the defaults costs as much as all the rest.
      if (options !== undefined) {
        ({ weight = 1, priority = 0 } = options);
        source = sourceOf(options);
        context = contextOf(options);
        this.#checkWeight(weight);
        if (priority !== 0) checkNumber(`${this[Symbol.toStringTag]}: priority`, priority, -Infinity);
        source?.throwIfAborted();
      }
      if (this.#admit(weight, priority)) {
        return task ? this.#run(task, weight, context) : Promise.resolve(this.#permit(weight));
      }
      const turn = this.#wait(task, weight, priority, source, context);
      return task ? turn.then(this.#start) : turn;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Takes the permits if they are free and nobody waits whose turn is first. */
  #admit(weight: number, priority: number): boolean {
    if (this.#paused || this.#held + weight > this.#permits) return false;
    if (this.#turns.size > 0 && this.#turns.priority >= priority) return false;
    this.#held += weight;
    tell(this.#told, this.#source, "granted");
    return true;
  }

  /** A promise that resolves when the permits are taken: to the permit, or to the task that is to start. */
  #wait(
    task: Task<unknown> | undefined,
    weight: number,
    priority: number,
    source: AbortSource | undefined,
    context: Context | undefined,
  ): Promise<Turn> {
    if (this.#turns.size >= this.#maxQueue) {
      tell(this.#told, this.#source, "rejected");
      throw new QueueFullError(`${this[Symbol.toStringTag]}: the queue is full, ${this.#maxQueue} may wait`);
    }
    const turn = deferred<Turn>();
    const reject = takeReject();
    const resolve = takeResolve<Turn>();
    // A promise would take a function that has a `then` for one of its kind.
    const isPlain = weight === 1 && priority === 0 && !source && (context?.attempt ?? 1) === 1;
    if (isPlain && !(task && "then" in task)) {
      this.#turns.add(task ?? plain, resolve);
    } else {
      const waiter: Waiter = {
        weight,
        priority,
        task,
        source,
        context,
        reject,
        left: false,
        hub: undefined,
        onAbort: (reason) => {
          this.#leave(waiter, reason);
          // A heavy one that gives up may have held up lighter ones that fit.
          this.#serve();
        },
      };
      if (source) waiter.hub = listen(source, waiter);
      this.#turns.add(waiter, resolve);
    }
    return timed(this.#told, this.#source, turn);
  }

  #leave(waiter: Waiter, reason: unknown): void {
    this.#turns.remove(waiter);
    waiter.hub?.leave(waiter);
    // It may stay in the line for a while, but what it waited with does not.
    waiter.task = waiter.context = undefined;
    waiter.reject(reason);
  }

  #permit(weight: number): Permit {
    return new Held(this.#giveBack, weight);
  }

  #run<T>(task: Task<T>, weight: number, context = new Context()): Promise<T> {
    const running = call(task, context);
    if (weight === 1) return running.then(this.#pass, this.#fail);
    return running.finally(() => this.#release(weight));
  }

  #release(weight: number): void {
    this.#held -= weight;
    if (this.#turns.size > 0 || this.#idle) this.#serve();
  }

  /** Lets in those who fit, from the head. Granting takes the permits at once, so no abort can come between. */
  #serve(): void {
    for (let head = this.#turns.peek(); head && !this.#paused; head = this.#turns.peek()) {
      const waiter = typeof head === "object" ? head : plain;
      const { weight, source } = waiter;
      if (source?.aborted) {
        // It is about to hear of an abort that others hear of first.
        this.#leave(waiter, source.reason);
      } else if (weight > this.#permits) {
        // A resize has left too few for it.
        try {
          this.#checkWeight(weight);
        } catch (error) {
          this.#leave(waiter, error);
        }
      } else {
        if (this.#held + weight > this.#permits) return;
        this.#held += weight;
        waiter.hub?.leave(waiter);
        const give = this.#turns.shift();
        give(head === waiter && !waiter.task ? this.#permit(weight) : head);
      }
    }
    if (this.#idle && this.#held === 0 && this.#turns.size === 0) {
      this.#idle.resolve();
      this.#idle = undefined;
    }
  }
}

/** What somebody waits for: a permit, or that a task can start. */
type Turn = Permit | Task<unknown> | Waiter;

class Held implements Permit {
  #weight: number;
  readonly #giveBack: (weight: number) => void;

  constructor(giveBack: (weight: number) => void, weight: number) {
    this.#giveBack = giveBack;
    this.#weight = weight;
  }

  get release(): () => void {
    return () => this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    const weight = this.#weight;
    this.#weight = 0;
    if (weight > 0) this.#giveBack(weight);
  }
}

interface Waiter extends Waiting, AbortListener {
  readonly weight: number;
  /** What is to run; a caller of `acquire` has none. */
  task: Task<unknown> | undefined;
  readonly source: AbortSource | undefined;
  /** What the task is handed. */
  context: Context | undefined;
  readonly reject: Reject;
  /** Where it listens to its signal. */
  hub: AbortHub | undefined;
}

/** A caller of `acquire` as most are, who cannot give up. */
const plain = { weight: 1, priority: 0, left: false } as Waiter;
