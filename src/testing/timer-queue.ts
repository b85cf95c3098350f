import { AsyncResource } from "node:async_hooks";
import type * as FakeTimers from "@sinonjs/fake-timers";
import { captureTrace, userLocation, type Trace } from "./callsite.ts";
import { requirePeer } from "./peer.ts";

/** What `Date` shows at t=0: 2025-01-01T00:00:00.000Z. */
export const epoch = Date.UTC(2025, 0, 1);

/** A timer that is armed and has not fired. */
export interface PendingTimer {
  /** What armed it: `setTimeout`, `setInterval`, `setImmediate`, `AbortSignal.timeout` or `service <name>`. */
  readonly kind: string;
  /** When it fires next, in virtual milliseconds. */
  readonly due: number;
  /** `file:line` of the user code that armed it, where one was on the stack. */
  readonly at?: string;
}

export interface ArmOptions {
  readonly kind: string;
  readonly callback: () => void;
  /** Whole virtual milliseconds. */
  readonly delay: number;
  readonly repeat?: boolean;
  /** The trace starts above this function. */
  readonly below: (...args: never[]) => unknown;
}

/** What is used of a clock of fake-timers, which is an optional peer: the declarations do without its types. */
interface FakeClock {
  readonly now: number;
  setTimeout(callback: () => void, delay: number): number | object;
  clearTimeout(handle: number | object | undefined): void;
  next(): number;
}

/** The longest delay of a timer, in milliseconds. */
export const longestDelay = 2 ** 31 - 1;

/** Node's rules for a delay, except that 0 stays 0: what takes no time shall not be seen to take any. */
export function toDelay(delay: unknown): number {
  const ms = Number(delay ?? 0);
  if (!(ms > 0)) return 0;
  return ms > longestDelay ? 1 : Math.max(1, Math.trunc(ms));
}

/**
 * The timers of one virtual clock, fired one by one and never by themselves.
 *
 * Equal due times fire in the order of arming, immediates among them: a timer that is due runs before what it arms.
 */
export class TimerQueue {
  readonly fake: FakeClock = createFakeClock();
  readonly #armed = new Map<number, VirtualTimer>();
  #fired: VirtualTimer | undefined;
  #lastId = 1e12; // Above the ids of real timers, which clearTimeout may get as well.

  /** Virtual milliseconds since the clock was installed. */
  get now(): number {
    return this.fake.now - epoch;
  }

  arm(options: ArmOptions): VirtualTimer {
    const timer = new VirtualTimer(this, ++this.#lastId, options);
    this.schedule(timer);
    return timer;
  }

  schedule(timer: VirtualTimer): void {
    this.unschedule(timer);
    timer.due = this.now + timer.delay;
    timer.scheduled = this.fake.setTimeout(() => {
      this.#fired = timer;
    }, timer.delay);
    this.#armed.set(timer.id, timer);
  }

  unschedule(timer: VirtualTimer): void {
    if (!this.#armed.delete(timer.id)) return;
    this.fake.clearTimeout(timer.scheduled);
  }

  find(handle: unknown): VirtualTimer | undefined {
    if (handle instanceof VirtualTimer) return handle;
    return typeof handle === "number" || typeof handle === "string"
      ? this.#armed.get(Number(handle))
      : undefined;
  }

  /** Moves time to the next timer and runs its callback outside the fake clock; throws what the callback throws. */
  fireNext(): VirtualTimer | undefined {
    this.fake.next();
    const timer = this.#takeFired();
    if (timer === undefined) return undefined;
    this.#armed.delete(timer.id);
    timer.run();
    return timer;
  }

  #takeFired(): VirtualTimer | undefined {
    const timer = this.#fired;
    this.#fired = undefined;
    return timer;
  }

  /** Whether a timer is due now. */
  hasDue(): boolean {
    const { now } = this;
    for (const timer of this.#armed.values()) if (timer.due <= now) return true;
    return false;
  }

  /** Whether anything is armed, the clock's own timers included. */
  get size(): number {
    return this.#armed.size;
  }

  /** Whether a timer is armed that would keep Node's process alive. */
  keepsAlive(): boolean {
    for (const timer of this.#armed.values()) if (timer.hasRef()) return true;
    return false;
  }

  /** The timers that are armed, without the clock's own. */
  armed(): VirtualTimer[] {
    return [...this.#armed.values()].filter((timer) => timer.kind !== hidden);
  }

  pending(): PendingTimer[] {
    return inOrder(this.armed());
  }
}

/** Nobody can clear an `AbortSignal.timeout`, and a service that runs on is not the fault of the code under test. */
export function isLeak({ kind }: VirtualTimer): boolean {
  return kind !== "AbortSignal.timeout" && !kind.startsWith("service ");
}

/** Tells of the timers, the next one first. */
export function inOrder(timers: VirtualTimer[]): PendingTimer[] {
  timers.sort((a, b) => a.due - b.due);
  return timers.map((timer) => timer.describe());
}

function createFakeClock(): FakeClock {
  const { createClock } = requirePeer("@sinonjs/fake-timers", "virtualTime") as typeof FakeTimers;
  return createClock(epoch);
}

/** The kind of timers that are the clock's own and are not reported. */
export const hidden = "";

/** What `setTimeout`, `setInterval` and `setImmediate` return; it can do what Node's `Timeout` can. */
export class VirtualTimer {
  readonly id: number;
  readonly kind: string;
  readonly delay: number;
  due = 0;
  /** The fake clock's own handle. */
  scheduled: number | object | undefined;
  readonly #queue: TimerQueue;
  readonly #callback: () => void;
  readonly #repeat: boolean;
  readonly #trace: Trace;
  // A callback runs in the AsyncLocalStorage context of the code that armed it, as with Node's timers.
  readonly #context = new AsyncResource("VirtualTimer");
  #cancelled = false;
  #ref = true;

  constructor(queue: TimerQueue, id: number, options: ArmOptions) {
    this.id = id;
    this.kind = options.kind;
    this.delay = options.delay;
    this.#queue = queue;
    this.#callback = options.callback;
    this.#repeat = options.repeat ?? false;
    this.#trace = captureTrace(options.below);
  }

  run(): void {
    try {
      this.#context.runInAsyncScope(this.#callback, this);
    } finally {
      if (this.#repeat && !this.#cancelled) this.#queue.schedule(this);
    }
  }

  describe(): PendingTimer {
    const at = userLocation(this.#trace.stack);
    return { kind: this.kind, due: this.due, ...(at === undefined ? {} : { at }) };
  }

  close(): this {
    this.#cancelled = true;
    this.#queue.unschedule(this);
    return this;
  }

  refresh(): this {
    if (!this.#cancelled) this.#queue.schedule(this);
    return this;
  }

  ref(): this {
    this.#ref = true;
    return this;
  }

  unref(): this {
    this.#ref = false;
    return this;
  }

  hasRef(): boolean {
    return this.#ref;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
