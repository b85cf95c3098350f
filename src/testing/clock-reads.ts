import { FrozenClockError } from "./errors.ts";
import { afterTurn } from "./real.ts";
import { epoch, type TimerQueue } from "./timer-queue.ts";

const limit = 1_000_000;

/** Virtual counterparts of what reads the time. */
export interface ClockReads {
  readonly Date: unknown;
  readonly performanceNow: () => number;
  readonly hrtime: unknown;
}

export function createClockReads(queue: TimerQueue): ClockReads {
  const RealDate = Date;
  let reads = 0;
  let lastNow = 0;

  function read(what: string, reader: (...args: never[]) => unknown): number {
    if (lastNow !== queue.now) {
      lastNow = queue.now;
      reads = 0;
    }
    reads++;
    // A turn of the event loop ends a series; asking for one only now keeps ordinary reads cheap.
    if (reads === 1000) afterTurn(() => (reads = 0));
    if (reads > limit) {
      reads = 0;
      throw frozen(what, lastNow, reader);
    }
    return lastNow;
  }

  // No subclass: a date made before is an instance of it, too.
  function VirtualDate(this: unknown, ...args: unknown[]): object | string {
    if (!new.target) return new RealDate(dateNow()).toString();
    const values = args.length === 0 ? [epoch + read("new Date()", VirtualDate)] : args;
    return Reflect.construct(RealDate, values, new.target);
  }
  function dateNow(): number {
    return epoch + read("Date.now()", dateNow);
  }
  Object.defineProperties(VirtualDate, {
    ...Object.getOwnPropertyDescriptors(RealDate),
    now: { value: dateNow, writable: true, configurable: true },
    // The mark by which fake-timers, and so Vitest's vi, knows that it must not install a second clock.
    isFake: { value: true },
  });

  function performanceNow(): number {
    return read("performance.now()", performanceNow);
  }

  function hrtime(previous?: [number, number]): [number, number] {
    const now = read("process.hrtime()", hrtime);
    const seconds = Math.floor(now / 1000) - (previous?.[0] ?? 0);
    const nanos = (now % 1000) * 1e6 - (previous?.[1] ?? 0);
    return nanos < 0 ? [seconds - 1, nanos + 1e9] : [seconds, nanos];
  }
  hrtime.bigint = function bigint(): bigint {
    return BigInt(read("process.hrtime.bigint()", bigint)) * 1_000_000n;
  };

  return { Date: VirtualDate, performanceNow, hrtime };
}

function frozen(what: string, now: number, reader: (...args: never[]) => unknown): FrozenClockError {
  const error = new FrozenClockError(
    `${what} was read a million times at t=${now} virtual ms, and time does not move while code runs. ` +
      "A loop that waits for the clock never ends under virtual time, and in real time it blocks the event loop. " +
      "Wait for a timer instead.",
  );
  Error.captureStackTrace(error, reader);
  return error;
}
