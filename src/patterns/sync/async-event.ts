import { isRefused } from "../core/abort-hub.ts";
import { resolved } from "../core/deferred.ts";
import { channel, timed } from "../core/diagnostics.ts";
import type { AbortOptions } from "../core/task.ts";
import { Line } from "./line.ts";

/** What an event says of itself. */
export interface AsyncEventStats {
  readonly isSet: boolean;
  /** Callers that wait. */
  readonly waiting: number;
}

const events = /* @__PURE__ */ channel("async-event");

/**
 * A flag that can be waited for: while it is set everybody passes, while it is not everybody waits.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { AsyncEvent } from "yieldpoint";
 *
 * const ready = new AsyncEvent();
 * const waiting = [1, 2].map(async (n) => { await ready.wait(); return n; });
 * ready.set();
 * assert.deepEqual(await Promise.all(waiting), [1, 2]);
 * await ready.wait(); // still set
 * ready.clear();
 * assert.equal(ready.isSet, false);
 * ```
 */
export class AsyncEvent {
  #isSet = false;
  readonly #line: Line = new Line();

  /** Whether it is set now. */
  get isSet(): boolean {
    return this.#isSet;
  }

  /** Wakes all who wait, also if it is cleared in the same turn, and lets pass whoever comes until it is cleared. */
  set(): void {
    this.#isSet = true;
    this.#line.empty((place) => place.resolve());
  }

  /** Makes those wait who come from now on. */
  clear(): void {
    this.#isSet = false;
  }

  /**
   * Waits until the event is set.
   *
   * @param options `signal`: gives up the wait
   * @throws `signal.reason` when aborted before the event was set, or before the call
   */
  wait({ signal }: AbortOptions = {}): Promise<void> {
    // The line refuses whoever has been aborted.
    if (isRefused(signal)) return this.#line.wait(signal, undefined);
    return this.#isSet ? resolved : timed(events, this, this.#line.wait(signal, undefined));
  }

  /** Whether it is set, and how many wait. */
  stats(): AsyncEventStats {
    return { isSet: this.#isSet, waiting: this.#line.size };
  }
}
