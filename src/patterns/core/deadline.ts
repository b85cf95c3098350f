import { resolved } from "./deferred.ts";
import { eventLoopClock, type Clock } from "./runtime.ts";
import { startTimer } from "./timer.ts";

/** What is to be over in a time. */
export interface Timed {
  readonly ms: number;
  /** Undefined before its time runs, null once it is over. */
  batch: Batch | undefined | null;
  index: number;
  /** Called when the time is up. */
  expire(): void;
}

/** Those that are due at one time and share a timer. It goes with the last of them. */
export class Batch {
  /** Whether the timer fires in the AsyncLocalStorage context of one of several. */
  readonly shared: boolean;
  // Those that left are holes.
  readonly #all: (Timed | undefined)[] = [];
  #live = 0;
  #cancel: (() => void) | undefined;

  constructor(shared: boolean) {
    this.shared = shared;
  }

  join(timed: Timed): void {
    timed.batch = this;
    timed.index = this.#all.push(timed) - 1;
    this.#live++;
  }

  leave(timed: Timed): void {
    this.#all[timed.index] = undefined;
    if (--this.#live === 0) this.#cancel?.();
  }

  arm(ms: number, clock?: Clock): void {
    const expire = (): void => {
      for (const timed of this.#all) timed?.expire();
    };
    this.#cancel = startTimer(ms, expire, false, clock);
  }
}

/** Of those that began in this turn, until they have a timer: it has none, so that to leave it is nothing. */
const unarmed = /* @__PURE__ */ new Batch(true);

/** What began in this turn, on the event loop's clock; those up to `first` are over. */
let begun: Timed[] | undefined;
let first = 0;
let begunOn: Clock | undefined;
let patience = 0;
// A call through several patterns takes a dozen microtasks although nothing in it waits.
const PATIENCE = 32;

/**
 * Starts the time of what has started itself already: where its own timer and the deadline fall due together, its timer
 * fires first.
 *
 * Most calls are over in the microtasks of the turn in which they begin, and a timer for them would be most of what a deadline costs.
 * So on the event loop's own clock the timers are armed some microtasks later, one for all of a duration. On any other clock each
 * gets one of its own, at once: a fake clock may be turned, or cleared, at any moment.
 *
 * @param mayShare false where `expire` needs the caller's AsyncLocalStorage context
 */
export function startDeadline(timed: Timed, mayShare: boolean): void {
  const clock = mayShare ? eventLoopClock() : undefined;
  if (!clock) {
    const batch = new Batch(false);
    batch.join(timed);
    batch.arm(timed.ms);
    return;
  }
  timed.batch = unarmed;
  if (begun) {
    begun.push(timed);
  } else {
    begun = [timed];
    begunOn = clock;
    first = 0;
    patience = PATIENCE;
    void resolved.then(look);
  }
}

function look(): void {
  const all = begun as Timed[];
  while (first < all.length && all[first]?.batch === null) first++;
  if (first === all.length) begun = undefined;
  else if (patience-- > 0) void resolved.then(look);
  else armBegun();
}

function armBegun(): void {
  const all = begun as Timed[];
  begun = undefined;
  const batches = new Map<number, Batch>();
  for (const timed of all) {
    if (timed.batch === null) continue;
    let batch = batches.get(timed.ms);
    if (!batch) batches.set(timed.ms, (batch = new Batch(true)));
    batch.join(timed);
  }
  for (const [ms, batch] of batches) batch.arm(ms, begunOn);
}
