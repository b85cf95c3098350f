import { check } from "../patterns/core/check.ts";
import { checkWord } from "./check.ts";
import type { OpenSpan } from "./recorder.ts";
import { queues } from "./queues.ts";
import { longestDelay, toDelay } from "./timer-queue.ts";

/** What a recorded service does. */
export interface ServiceOptions<T> {
  /** What a call resolves with. Default: the service's name. */
  readonly value?: T | ((call: number) => T) | undefined;
  /** What a call rejects with, after its time; a function may give `undefined` for a call that succeeds. Default: none fails. */
  readonly error?: ((call: number) => unknown) | object | string | number | boolean | null | undefined;
  /** `"reject"` (default): an abort ends the call at once with the signal's reason; `"ignore"`: the call runs on. */
  readonly onAbort?: "reject" | "ignore" | undefined;
}

/** A fake slow call that records itself; it can be used as a task. */
export interface Service<T> {
  (context?: { readonly signal?: AbortSignal | undefined }): Promise<T>;
  /** How often it was called. */
  readonly calls: number;
  /** When each call started, in milliseconds. */
  readonly starts: readonly number[];
  /** How many calls are running. */
  readonly active: number;
  /** The most calls that ran at once. */
  readonly peak: number;
}

interface Lane {
  readonly clock: { readonly now: number };
  readonly span: (name: string) => OpenSpan;
}

export function createService(
  lane: Lane,
  name: string,
  ms: number | ((call: number) => number),
  options: ServiceOptions<unknown>,
): Service<unknown> {
  check(typeof name === "string", "service: name", "a string", name);
  if (typeof ms !== "function") checkDuration(name, ms);
  checkWord("service: onAbort", options.onAbort, ["reject", "ignore"]);
  const starts: number[] = [];
  service.calls = 0;
  service.starts = starts;
  service.active = 0;
  service.peak = 0;

  function service(context?: { readonly signal?: AbortSignal | undefined }): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = ++service.calls;
      const delay = typeof ms === "function" ? checkDuration(name, ms(call)) : ms;
      starts.push(lane.clock.now);
      service.peak = Math.max(service.peak, ++service.active);
      const open = lane.span(name);
      const signal = options.onAbort === "ignore" ? undefined : context?.signal;
      let cancel: (() => void) | undefined;
      const end = (outcome: "ok" | "failed" | "aborted"): void => {
        signal?.removeEventListener("abort", onAbort);
        service.active--;
        open.end(outcome);
      };
      const onAbort = (): void => {
        cancel?.();
        end("aborted");
        reject(signal?.reason);
      };
      const onTime = (): void => {
        const error = forCall(options.error, call);
        end(error === undefined ? "ok" : "failed");
        if (error === undefined) resolve("value" in options ? forCall(options.value, call) : name);
        else reject(error);
      };
      if (signal?.aborted === true) {
        onAbort();
        return;
      }
      cancel = after(lane.clock, name, delay, onTime, service);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  return Object.defineProperty(service, "name", { value: name });
}

function checkDuration(name: string, ms: number): number {
  const ok = typeof ms === "number" && ms >= 0 && ms <= longestDelay;
  check(ok, `service ${JSON.stringify(name)}: ms`, `a number from 0 to ${longestDelay}`, ms);
  return ms;
}

function forCall(plan: unknown, call: number): unknown {
  return isFunction(plan) ? plan(call) : plan;
}

function isFunction(plan: unknown): plan is (call: number) => unknown {
  return typeof plan === "function";
}

/** On a virtual clock the timer is told apart from the user's own, which a leak check asks about. */
function after(
  clock: object,
  name: string,
  ms: number,
  callback: () => void,
  below: (...args: never[]) => unknown,
): () => void {
  const queue = queues.get(clock);
  if (queue === undefined) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  }
  const timer = queue.arm({ kind: `service ${name}`, callback, delay: toDelay(ms), below });
  return () => timer.close();
}
