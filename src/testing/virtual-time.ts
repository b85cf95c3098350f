import { captureTrace, userLocation, type Trace } from "./callsite.ts";
import { check } from "../patterns/core/check.ts";
import { checkWord } from "./check.ts";
import { Driver, type DriverOptions } from "./driver.ts";
import { install } from "./install.ts";
import { queues } from "./queues.ts";
import { TimerQueue, type PendingTimer, type VirtualTimer } from "./timer-queue.ts";

/** Options of {@link virtualTime}. */
export interface VirtualTimeOptions {
  /** Timers that may fire in one `run` or `advance` before the code is taken for endless. Default: 100,000. */
  readonly maxTimers?: number | undefined;
  /**
   * What `run` does when its body starts real I/O: `"reject"` (default) says so and fails; `"allow"` lets it be, and waits in real
   * time where no timer is left. Virtual time does not wait for the I/O: timers may fire before it answers.
   */
  readonly realIO?: "reject" | "allow" | undefined;
}

/** A clock that stands in for Node's until it is disposed. */
export interface VirtualClock extends Disposable {
  /** Virtual milliseconds since the clock was installed. */
  readonly now: number;
  /** The timers that are armed, the next one first. */
  readonly pending: readonly PendingTimer[];
  /**
   * Moves time by `ms` (an integer >= 0), firing what becomes due on the way, and resolves when that and the microtasks after it
   * have run. Works inside a body given to `run`, too. Rejects with what a timer's callback throws.
   */
  readonly advance: (ms: number) => Promise<void>;
  /**
   * Runs `body` to its end and gives its result. Time moves on its own whenever nothing else can happen. Rejects with what the body
   * rejects with or a timer's callback throws; with a `StuckError` when the body waits and no timer is armed; with a `TimerLimitError`
   * when timers fire without end; with a `RealIOError` when real I/O was started.
   */
  readonly run: <T>(body: () => T | PromiseLike<T>) => Promise<T>;
}

let installed: { readonly place: Trace; readonly queue: TimerQueue } | undefined;

/** Told, when a clock is disposed of, which of its timers are left. */
export const onDisposal = new Set<(left: readonly VirtualTimer[]) => void>();

/** The timers of the clock that is installed; none where there is none. */
export function armedTimers(): readonly VirtualTimer[] {
  return installed?.queue.armed() ?? [];
}

/**
 * Installs virtual time: from now on timers fire when the clock is moved, not when time passes.
 *
 * It covers the global timer functions, `node:timers`, `node:timers/promises` (named imports, too), `scheduler.wait`,
 * `util.promisify(setTimeout)`, `AbortSignal.timeout`, `Date` (t=0 is 2025-01-01T00:00:00.000Z), `performance.now` (0 at t=0) and
 * `process.hrtime`. `process.nextTick`, `queueMicrotask` and promises stay as they are. Unlike in Node, a timeout of 0 ms takes 0 ms.
 * Disposing the clock restores everything; timers that are still armed then never fire.
 *
 * @param options - `maxTimers`: timers that may fire in one `run` or `advance` (default 100,000); `realIO`: whether a body under `run`
 *   may start real I/O, `"reject"` (default) or `"allow"`.
 * @throws Error if a fake clock is installed already, or `@sinonjs/fake-timers` is not; RangeError if `maxTimers` is not an
 *   integer >= 1; TypeError if `realIO` is another word.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { setTimeout as sleep } from "node:timers/promises";
 * import { virtualTime } from "yieldpoint/testing";
 *
 * using clock = virtualTime();
 * await clock.run(async () => {
 *   await sleep(10_000);
 *   await sleep(5_000);
 * });
 * assert.equal(clock.now, 15_000);
 * ```
 */
export function virtualTime(options: VirtualTimeOptions = {}): VirtualClock {
  return installClock(options);
}

/** Installs a clock on which `next` decides what happens next. */
export function installClock(
  options: VirtualTimeOptions,
  next: DriverOptions["next"] = (queue) => queue.fireNext(),
): VirtualClock {
  const { maxTimers = 100_000, realIO = "reject" } = options;
  check(
    Number.isInteger(maxTimers) && maxTimers >= 1,
    "virtualTime: maxTimers",
    "an integer >= 1",
    maxTimers,
  );
  checkWord("virtualTime: realIO", realIO, ["reject", "allow"]);
  if (installed !== undefined) {
    const at = userLocation(installed.place.stack);
    const where = at === undefined ? "" : ` (at ${at})`;
    throw new Error(`virtualTime: a virtual clock is installed already${where}; dispose it first`);
  }
  if (Reflect.get(Date, "isFake") === true) {
    throw new Error("virtualTime: another library's fake timers are installed; restore the real ones first");
  }

  const queue = new TimerQueue();
  const driver = new Driver(queue, { maxTimers, realIO, next });
  const restore = install(queue);
  const installation = { place: captureTrace(installClock), queue };
  installed = installation;

  const clock: VirtualClock = {
    get now() {
      return queue.now;
    },
    get pending() {
      return queue.pending();
    },
    advance(ms) {
      if (!Number.isSafeInteger(ms) || ms < 0) {
        return Promise.reject(new RangeError(`advance: ms must be an integer >= 0, got ${ms}`));
      }
      return driver.advance(ms);
    },
    run(body) {
      return driver.run(body, clock.run);
    },
    [Symbol.dispose]() {
      if (installed !== installation) return;
      installed = undefined;
      for (const tell of onDisposal) tell(queue.armed());
      driver.stop(
        new Error("virtualTime: the clock was disposed while it was in use; await run() and advance()"),
      );
      restore();
    },
  };
  queues.set(clock, queue);
  return clock;
}
