type Tell = (reason: unknown) => void;

// One listener per signal for the whole package, whatever the number of those who wait on it: Node slows down
// with each further listener, and warns at eleven.
const hubs = /* @__PURE__ */ new WeakMap<AbortSignal, Set<Tell>>();

function tellAll({ target }: Event): void {
  const signal = target as AbortSignal;
  const hub = hubs.get(signal);
  hubs.delete(signal);
  for (const tell of hub ?? []) tell(signal.reason);
}

/**
 * Calls `tell` when the signal aborts, unless the returned function was called before. Leaving twice, or late, is
 * harmless; the last one to leave takes the signal's own listener off.
 *
 * @throws `signal.reason` when it has aborted already
 */
export function onAbort(signal: AbortSignal | undefined, tell: Tell): () => void {
  if (!signal) return () => {};
  signal.throwIfAborted();
  const hub = hubs.get(signal) ?? new Set();
  if (hub.size === 0) {
    hubs.set(signal, hub);
    signal.addEventListener("abort", tellAll, { once: true });
  }
  hub.add(tell);
  return () => {
    if (hub.delete(tell) && hub.size === 0) {
      hubs.delete(signal);
      signal.removeEventListener("abort", tellAll);
    }
  };
}
