import { checkSignal } from "../core/abort-hub.ts";
import { check, checkCount } from "../core/check.ts";
import { channel, timed } from "../core/diagnostics.ts";
import type { AbortOptions } from "../core/task.ts";
import { Line } from "./line.ts";
import { suspenders, type Mutex, type Suspend } from "./mutex.ts";

/** What a condition says of itself. */
export interface ConditionStats {
  /** Callers that wait to be notified. */
  readonly waiting: number;
}

const conditions = /* @__PURE__ */ channel("condition");

/**
 * Lets the holder of a mutex wait, without the mutex, until another has changed something.
 *
 * What was waited for may be gone again once the mutex is back, so wait in a loop that looks at it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Condition, Mutex } from "yieldpoint";
 *
 * const mutex = new Mutex();
 * const filled = new Condition(mutex);
 * const cups: string[] = [];
 * const drinking = mutex.execute(async () => {
 *   while (cups.length === 0) await filled.wait();
 *   return cups.pop();
 * });
 * await mutex.execute(() => {
 *   cups.push("tea");
 *   filled.notify();
 * });
 * assert.equal(await drinking, "tea");
 * ```
 */
export class Condition {
  readonly #holder: () => Suspend | undefined;
  readonly #line: Line = new Line();

  /**
   * @param mutex what a caller must hold to wait; several conditions may share one
   * @throws TypeError for anything that is no Mutex
   */
  constructor(mutex: Mutex) {
    const holder = suspenders.get(mutex);
    check(holder !== undefined, "Condition: mutex", "a Mutex", mutex);
    this.#holder = holder as () => Suspend | undefined;
  }

  /**
   * Gives the mutex back, waits for a notification, and takes the mutex again.
   *
   * Call it only while you hold the mutex: it takes its caller for whoever does, and can refuse only where nobody does.
   *
   * However it ends, the caller holds the mutex again, by the permit that he has. One that is aborted leaves at once, goes
   * before the others who wait for the mutex, and passes on a notification that it has had already.
   *
   * @param options `signal`: gives up the wait
   * @throws `signal.reason` when aborted before the mutex was granted again; an Error when nobody holds the mutex
   */
  async wait({ signal }: AbortOptions = {}): Promise<void> {
    checkSignal(signal)?.throwIfAborted();
    const suspend = this.#holder();
    if (!suspend) throw new Error("Condition.wait: the mutex is not held");
    const resume = suspend();
    let notified = false;
    try {
      await timed(conditions, this, this.#line.wait(signal, undefined));
      notified = true;
      await resume({ signal });
    } catch (reason) {
      if (notified) this.notify();
      await resume({ priority: Infinity });
      throw reason;
    }
  }

  /**
   * Wakes those who have waited longest; they go on one by one, as they get the mutex. Whoever comes later is not woken.
   *
   * @param n how many; an integer of at least 0, or Infinity; default 1
   * @throws TypeError or RangeError for an `n` that is no such number
   */
  notify(n = 1): void {
    checkCount("Condition.notify: n", n, 0);
    for (; n > 0 && this.#line.size > 0; n--) this.#line.next()?.resolve();
  }

  /** Wakes all who wait. */
  notifyAll(): void {
    this.notify(Infinity);
  }

  /** How many wait to be notified. */
  stats(): ConditionStats {
    return { waiting: this.#line.size };
  }
}
