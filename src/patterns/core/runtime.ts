/** Where timers come from. */
export interface Clock {
  readonly setTimeout: (callback: () => void, ms: number) => unknown;
  readonly clearTimeout: (handle: never) => void;
}

let platform: Clock | undefined;

/**
 * Looks at a handle that a clock gave. Node's own handles are known by a field; where it is missing, as with fake clocks and in
 * browsers, nothing is lost but speed.
 */
export function seeHandle(handle: unknown, clock: Clock): void {
  if (platform?.setTimeout === clock.setTimeout) return;
  if (typeof handle === "object" && handle !== null && "_idleStart" in handle) platform = clock;
}

/** The event loop's own clock, if the global one is known to be it: nobody can turn it by hand in the middle of a turn. */
export function eventLoopClock(): Clock | undefined {
  return platform?.setTimeout === globalThis.setTimeout ? platform : undefined;
}
