type Watcher = readonly [onValue: (value: unknown) => void, onError: (error: unknown) => void];

// A reaction cannot be taken off a promise again. So each promise gets one for the whole package, and those who
// wait stand in a set that they can leave: racing one long-lived promise for ever keeps nothing.
const watched = /* @__PURE__ */ new WeakMap<PromiseLike<unknown>, Set<Watcher>>();

/** Tells how `promise` settles, unless the returned function was called before. */
export function watch(promise: Promise<unknown>, ...watcher: Watcher): () => void {
  const watchers = watched.get(promise) ?? new Set();
  if (!watched.has(promise)) {
    watched.set(promise, watchers);
    const tellAll = (which: 0 | 1) => (result: unknown) => {
      watched.delete(promise);
      for (const each of watchers) each[which](result);
    };
    promise.then(tellAll(0), tellAll(1));
  }
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}
