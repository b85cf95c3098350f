import timers from "node:timers";

// Taken while this module loads: the functions of real time, whatever is installed later.
const { setImmediate, setTimeout } = timers;
export const { clearTimeout, clearImmediate } = timers;

/** Runs the callback in the next real turn of the event loop, after all microtasks and ticks. */
export function afterTurn(callback: () => void): void {
  setImmediate(callback);
}

/** Lets the event loop turn once: whatever can run without a timer runs before this resolves. */
export function realTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Waits in real milliseconds. */
export function realPause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
