import type { Span, Timeline } from "../timeline/index.ts";
import { check } from "../patterns/core/check.ts";
import { createService, type Service, type ServiceOptions } from "./service.ts";

/** Work that runs, on its way into a timeline. */
export interface OpenSpan extends Disposable {
  /** Ends the span now; later calls change nothing. Default outcome: `"ok"`, which is also what disposing it means. */
  readonly end: (outcome?: "ok" | "failed" | "aborted") => void;
}

/** Records what runs when, see {@link recordTimeline}: a timeline that grows, which ends now while something runs. */
export interface Recorder extends Timeline {
  /** How many spans are open. */
  readonly active: number;
  /** The most spans that were open at once. */
  readonly peak: number;
  /** Opens a span. */
  readonly span: (name: string) => OpenSpan;
  /** Runs the work and records it under the name; gives what the work gives. */
  readonly record: <T>(name: string, work: () => T | PromiseLike<T>) => Promise<T>;
  /** Makes a fake slow call that records itself. */
  readonly service: MakeService;
}

/**
 * Makes a fake slow call: `service(name, ms, { value, error, onAbort })`, see {@link recordTimeline}. `ms` is a number from 0 to
 * 2^31-1, or gives one for the call's number; another is a RangeError.
 */
export interface MakeService {
  (
    name: string,
    ms: number | ((call: number) => number),
    options?: Omit<ServiceOptions<string>, "value">,
  ): Service<string>;
  <T>(name: string, ms: number | ((call: number) => number), options: ServiceOptions<T>): Service<T>;
}

/**
 * Starts a timeline on a clock.
 *
 * A service made by it is a function `(context?) => Promise` that takes `ms` (or what `ms` gives for the call's number, from 1) and then
 * resolves with `value` (default: the service's name) or rejects with `error`; either may be a function of the call's number, and an
 * `error` function that gives `undefined` lets that call succeed. When `context.signal` aborts, the call rejects with the signal's
 * reason at once, or runs on with `onAbort: "ignore"`. It tells `calls`, `starts`, `active` and `peak`.
 *
 * @param clock - Gives `now` in milliseconds: a virtual clock, or any clock.
 * @throws TypeError if the clock gives no time.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { recordTimeline, virtualTime } from "yieldpoint/testing";
 *
 * using clock = virtualTime();
 * const recorder = recordTimeline(clock);
 * const users = recorder.service("users", 100);
 * const orders = recorder.service("orders", 50, { value: (call) => `order ${call}` });
 * assert.deepEqual(await clock.run(() => Promise.all([users(), orders()])), ["users", "order 1"]);
 * assert.equal(recorder.end, 100);
 * ```
 */
export function recordTimeline(clock: { readonly now: number }): Recorder {
  check(typeof clock?.now === "number", "recordTimeline: clock.now", "a number", clock?.now);
  const spans: { -readonly [K in keyof Span]: Span[K] }[] = [];
  let active = 0;
  let peak = 0;

  function span(name: string): OpenSpan {
    const open: (typeof spans)[number] = { name, start: clock.now, end: undefined, outcome: "pending" };
    spans.push(open);
    active++;
    peak = Math.max(peak, active);
    const end: OpenSpan["end"] = (outcome = "ok") => {
      if (open.outcome !== "pending") return;
      open.end = clock.now;
      open.outcome = outcome;
      active--;
    };
    return { end, [Symbol.dispose]: () => end() };
  }

  async function record<T>(name: string, work: () => T | PromiseLike<T>): Promise<T> {
    const open = span(name);
    try {
      const value = await work();
      open.end("ok");
      return value;
    } catch (error) {
      open.end("failed");
      throw error;
    }
  }

  function service(
    name: string,
    ms: number | ((call: number) => number),
    options?: Omit<ServiceOptions<string>, "value">,
  ): Service<string>;
  function service<T>(
    name: string,
    ms: number | ((call: number) => number),
    options: ServiceOptions<T>,
  ): Service<T>;
  function service(
    name: string,
    ms: number | ((call: number) => number),
    options: ServiceOptions<unknown> = {},
  ): Service<unknown> {
    return createService({ clock, span }, name, ms, options);
  }

  return {
    get spans() {
      return spans.map((each) => ({ ...each }));
    },
    get end() {
      const now = clock.now;
      return spans.reduce((end, each) => Math.max(end, each.end ?? now), 0);
    },
    get active() {
      return active;
    },
    get peak() {
      return peak;
    },
    span,
    record,
    service,
  };
}
