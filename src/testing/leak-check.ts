import { AsyncLocalStorage } from "node:async_hooks";
import { watchAbortListeners } from "./abort-listeners.ts";
import { watchActive } from "./active.ts";
import { captureTrace, pointAt, userLocation } from "./callsite.ts";
import { check, checkFunction } from "../patterns/core/check.ts";
import { FactError } from "./errors.ts";
import { realPause, realTurn } from "./real.ts";
import { inOrder, isLeak, type VirtualTimer } from "./timer-queue.ts";
import { armedTimers, onDisposal } from "./virtual-time.ts";
import { watchWaits } from "./waits.ts";

/** Options of {@link leakCheck}: what counts as left behind, and when. */
export interface LeakCheckOptions {
  /** Timers, of real and of virtual time. Default: true. */
  readonly timers?: boolean | undefined;
  /** Listeners for the abort of a signal that has not aborted. Default: true. */
  readonly listeners?: boolean | undefined;
  /** What is open or under way: servers, sockets, processes, threads, operations on files. Default: true. */
  readonly handles?: boolean | undefined;
  /** Code that still waits: an `await`, or a caller in the queue of a semaphore, a lock or a queue. Default: true. */
  readonly waiters?: boolean | undefined;
  /** Real milliseconds within which what is left may still end by itself. Default: 50. */
  readonly grace?: number | undefined;
}

interface Leak {
  readonly text: string;
  /** `file:line`, where it is known. */
  readonly at: string | undefined;
  /** Whether it is looked for. */
  readonly counts: boolean;
}

const inside = new AsyncLocalStorage<symbol>();

/**
 * Runs the body and fails if it leaves something behind, naming each thing and where it came from.
 *
 * Looked for is what the body started itself, or what runs on its behalf: timers, listeners for an abort, open handles and code that
 * still waits. It works in real and in virtual time; a clock may be installed inside or outside. `AbortSignal.timeout` does not count,
 * which nobody can clear, nor does a recorded service that runs on. Permits that are held are not seen: ask `stats()` for those.
 *
 * @param body - What is watched. If it fails, that is the failure, whatever is left.
 * @param options - `timers`, `listeners`, `handles`, `waiters`: whether each counts (default true); `grace`: real milliseconds within
 *   which what is left may still end by itself (default 50).
 * @returns What the body gives.
 * @throws FactError if something is left; what the body rejects with; TypeError or RangeError for a wrong argument.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { Semaphore } from "yieldpoint";
 * import { leakCheck } from "yieldpoint/testing";
 *
 * const { signal } = new AbortController();
 * assert.equal(await leakCheck(() => new Semaphore(1).execute(() => 42, { signal })), 42);
 *
 * const careless = () => signal.addEventListener("abort", () => {});
 * await assert.rejects(leakCheck(careless), /an abort listener, added at /);
 * ```
 */
export async function leakCheck<T>(
  body: () => T | PromiseLike<T>,
  options: LeakCheckOptions = {},
): Promise<Awaited<T>> {
  const place = captureTrace(leakCheck);
  const { grace = 50 } = options;
  checkFunction("leakCheck: body", body);
  check(Number.isFinite(grace) && grace >= 0, "leakCheck: grace", "a number >= 0", grace);
  using watch = watchLeaks(options);
  const value = await watch.call(body);
  let leaks: string[];
  let pauses = 0;
  do {
    if (pauses > 0) await realPause(1);
    // What was closed is gone a turn or two later.
    for (let turn = 0; turn < 3; turn++) await realTurn();
    leaks = watch.left();
  } while (leaks.length > 0 && pauses++ < grace);
  if (leaks.length === 0) return value;
  const error = new FactError(describe(leaks));
  pointAt(error, place);
  throw error;
}

interface LeakWatch extends Disposable {
  call<T>(body: () => T): T;
  /** What is left, a line each. */
  left(): string[];
}

function watchLeaks({
  timers = true,
  listeners = true,
  handles = true,
  waiters = true,
}: LeakCheckOptions): LeakWatch {
  const run = Symbol("run");
  const isWatched = (): boolean => inside.getStore() === run;
  const active = watchActive(isWatched);
  const heard = watchAbortListeners(isWatched);
  const waits = watchWaits();
  const before = new Set(armedTimers());
  const abandoned: VirtualTimer[] = [];
  const collect = (left: readonly VirtualTimer[]): void => void abandoned.push(...left);
  onDisposal.add(collect);

  function* all(): Generator<Leak> {
    const virtual = [...abandoned, ...armedTimers()].filter((timer) => !before.has(timer) && isLeak(timer));
    for (const { kind, due, at } of inOrder(virtual)) {
      yield { counts: timers, at, text: located(`${kind} due at t=${due} virtual ms, armed`, at) };
    }
    for (const { kind, isTimer, at } of active.left()) {
      const counts = isTimer ? timers : handles;
      yield { counts, at, text: located(`${kind}, ${isTimer ? "armed" : "started"}`, at) };
    }
    for (const trace of heard.left()) {
      const at = userLocation(trace.stack);
      yield { counts: listeners, at, text: located("an abort listener, added", at) };
    }
    for (const { at, place } of waits.pending()) {
      yield { counts: waiters, at, text: `code that still waits at ${place}` };
    }
  }

  return {
    call: (body) => inside.run(run, () => waits.call(body)),
    left() {
      // One line of code is told once, by what is the most telling: a sleep is a timer, and code that waits.
      const places = new Set<string>();
      const leaks: string[] = [];
      for (const { counts, text, at = text } of all()) {
        if (counts && !places.has(at)) leaks.push(text);
        places.add(at);
      }
      return leaks;
    },
    [Symbol.dispose]() {
      onDisposal.delete(collect);
      waits.stop();
      heard.stop();
      active.stop();
    },
  };
}

const shown = 10;

function describe(leaks: readonly string[]): string {
  const lines = leaks.slice(0, shown).map((leak) => `  ${leak}`);
  if (leaks.length > shown) lines.push(`  and ${leaks.length - shown} more`);
  const count = leaks.length === 1 ? "1 thing was" : `${leaks.length} things were`;
  return [`${count} left behind:`, ...lines].join("\n");
}

function located(what: string, at: string | undefined): string {
  return at === undefined ? what : `${what} at ${at}`;
}
