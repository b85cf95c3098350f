import { seeHandle, type Clock } from "./runtime.ts";

/**
 * A one-shot timer for any duration: over 2^31-1 ms it is armed again on the way, Infinity never fires. The globals are
 * read at each call, so that a fake clock installed after the import is seen; a timer stays on the clock that it began on.
 *
 * @returns cancels it
 */
export function startTimer(
  ms: number,
  callback: () => void,
  unref = false,
  { setTimeout, clearTimeout }: Clock = globalThis,
): () => void {
  let handle: unknown;
  // The longest delay that the platform's timers keep; above it they fire at once.
  const longest = 2_147_483_647;
  const arm = (): void => {
    const step = Math.min(ms, longest);
    ms -= step;
    handle = setTimeout(ms > 0 ? arm : callback, step);
    seeHandle(handle, { setTimeout, clearTimeout });
    // Only Node's handles can be unreferenced; a browser's are numbers.
    if (unref) (handle as { unref?: () => void }).unref?.();
  };
  if (ms < Infinity) arm();
  return () => clearTimeout(handle as never);
}
