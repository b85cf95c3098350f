import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { createClockReads } from "./clock-reads.ts";
import { createFakes } from "./fakes.ts";
import type { TimerQueue } from "./timer-queue.ts";

type Patch = readonly [target: object, key: PropertyKey, value: unknown];

/** Puts the virtual clock in the place of Node's; the result undoes it. */
export function install(queue: TimerQueue): () => void {
  const fakes = createFakes(queue);
  const reads = createClockReads(queue);
  const globals = Object.entries(fakes.globals);
  const patches: Patch[] = [
    ...globals.map(([key, value]): Patch => [globalThis, key, value]),
    ...globals.map(([key, value]): Patch => [timers, key, value]),
    ...Object.entries(fakes.promises).map(([key, value]): Patch => [timersPromises, key, value]),
    ...Object.entries(fakes.scheduler).map(([key, value]): Patch => [timersPromises.scheduler, key, value]),
    [AbortSignal, "timeout", fakes.abortSignalTimeout],
    [globalThis, "Date", reads.Date],
    // `performance` itself stays: `node:perf_hooks` hands out the same object.
    [performance, "now", reads.performanceNow],
    [process, "hrtime", reads.hrtime],
  ];

  const undo: (() => void)[] = [];
  const restore = (): void => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) step();
    syncBuiltinESMExports();
  };
  try {
    for (const each of patches) undo.push(patch(each));
    // Named imports of built-in modules see a changed export only after this.
    syncBuiltinESMExports();
  } catch (error) {
    restore();
    throw error;
  }
  return restore;
}

/** Sets a property; the result undoes it. */
export function patch([target, key, value]: Patch): () => void {
  const before = Object.getOwnPropertyDescriptor(target, key);
  const enumerable = before?.enumerable ?? true;
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, key);
    else Object.defineProperty(target, key, before);
  };
}
