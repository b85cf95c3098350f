import { virtualTime, type VirtualClock } from "yieldpoint/testing";

/**
 * Virtual time whose timers look like those of Node's event loop, so that calls share them as they do in production.
 * The first timer tells which clock it is: one is armed and cleared for that.
 */
export function eventLoopTime(): VirtualClock {
  const clock = virtualTime();
  const { setTimeout: arm, clearTimeout: clear } = globalThis;
  const asNode = (callback: () => void, ms: number): NodeJS.Timeout =>
    Object.assign(arm(callback, ms), { _idleStart: 0 });
  Reflect.set(globalThis, "setTimeout", asNode);
  clear(asNode(() => {}, 0));
  return clock;
}
