import { getEventListeners } from "node:events";
import { captureTrace, framesOf, type Trace } from "./callsite.ts";
import { patch } from "./install.ts";

type Listen = AbortSignal["addEventListener"];
type Note = (signal: AbortSignal, listener: unknown) => void;

/** Watches which listeners for an abort are added. */
export interface ListenerWatch {
  /** Where those were added that are still there; an aborted signal calls nobody any more, and does not count. */
  left(): Trace[];
  stop(): void;
}

// One patch for all who watch: they may end in any order.
const notes = new Set<Note>();
let restore!: () => void;

export function watchAbortListeners(isWatched: () => boolean): ListenerWatch {
  const added = new Map<AbortSignal, Map<unknown, Trace>>();
  const note: Note = (signal, listener) => {
    if (!isWatched()) return;
    const trace = captureTrace(addEventListener);
    // fetch leaves its own on the caller's signal, in a form that lets go of everything.
    if (framesOf(trace.stack)[0]?.file.startsWith("node:internal/deps/") === true) return;
    const listeners = added.get(signal) ?? new Map<unknown, Trace>();
    added.set(signal, listeners.set(listener, trace));
  };
  if (notes.size === 0) restore = patch([AbortSignal.prototype, "addEventListener", addEventListener]);
  notes.add(note);
  return {
    left: () =>
      [...added].flatMap(([signal, listeners]) => {
        const present = signal.aborted ? [] : getEventListeners(signal, "abort");
        return present.flatMap((listener) => listeners.get(listener) ?? []);
      }),
    stop() {
      notes.delete(note);
      if (notes.size === 0) restore();
    },
  };
}

function addEventListener(this: AbortSignal, ...args: Parameters<Listen>): void {
  EventTarget.prototype.addEventListener.call(this, ...args);
  const [type, listener] = args;
  if (type === "abort") for (const note of notes) note(this, listener);
}
