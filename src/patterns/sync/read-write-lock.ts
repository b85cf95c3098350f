import { channel } from "../core/diagnostics.ts";
import { Semaphore, type Permit, type Voice } from "../limit/semaphore.ts";
import type { AbortOptions } from "../core/task.ts";

/** What a writer takes: more than readers can ever hold. */
const ALL = 1_073_741_824;

/** What a read-write lock says of itself. */
export interface ReadWriteLockStats {
  /** Readers that hold it. */
  readonly readers: number;
  /** Whether a writer holds it. */
  readonly writing: boolean;
  /** Readers and writers that wait. */
  readonly waiting: number;
}

const locks = /* @__PURE__ */ channel("read-write-lock");

/**
 * Lets any number of readers in at once, or one writer alone.
 *
 * First come, first served: a waiting writer goes before the readers that come after it, so readers cannot starve it, and the
 * readers that wait behind it go before the next writer. A writer that gives up lets them in at once.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ReadWriteLock } from "yieldpoint";
 *
 * const lock = new ReadWriteLock();
 * const settings = new Map([["theme", "dark"]]);
 *
 * async function theme() {
 *   using permit = await lock.read();
 *   return settings.get("theme");
 * }
 * async function change(name: string) {
 *   using permit = await lock.write();
 *   settings.set("theme", name);
 * }
 * const [before, , after] = await Promise.all([theme(), change("light"), theme()]);
 * assert.deepEqual([before, after], ["dark", "light"]);
 * ```
 */
export class ReadWriteLock {
  // A heavy caller at the head of a semaphore's line is not overtaken, and light ones share: that is the whole lock.
  readonly #semaphore: Semaphore = new Semaphore(ALL, { told: locks, source: this } as Voice);

  /**
   * Waits until nobody writes, and no writer waits that came earlier.
   *
   * @param options `signal`: gives up the wait
   * @returns the permit, to be released once
   * @throws `signal.reason` when aborted before the permit was granted
   */
  read({ signal }: AbortOptions = {}): Promise<Permit> {
    return this.#semaphore.acquire({ signal });
  }

  /**
   * Waits until all who came earlier have left.
   *
   * @param options `signal`: gives up the wait
   * @returns the permit, to be released once
   * @throws `signal.reason` when aborted before the permit was granted
   */
  write({ signal }: AbortOptions = {}): Promise<Permit> {
    return this.#semaphore.acquire({ weight: ALL, signal });
  }

  /** Who holds it, and how many wait. */
  stats(): ReadWriteLockStats {
    const { held, waiting } = this.#semaphore.stats();
    const writing = held === ALL;
    return { readers: writing ? 0 : held, writing, waiting };
  }
}
