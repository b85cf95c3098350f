import { Same } from "./same.ts";

/** Hears of an abort. */
export interface AbortListener {
  onAbort(reason: unknown): void;
}

/**
 * Those who wait on one signal. It has one listener for the whole package, whatever their number: Node slows down with each
 * further listener, and warns at eleven.
 */
export class AbortHub {
  readonly #signal: AbortSignal;
  // Nearly always there is one: a Set is made for a second only.
  #first: AbortListener | undefined;
  #others: Set<AbortListener> | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(listener: AbortListener): void {
    const others = this.#others?.size;
    if (!this.#first && !others) {
      this.#first = listener;
      this.#signal.addEventListener("abort", tellAll, once);
    } else {
      (this.#others ??= new Set()).add(listener);
    }
  }

  /** Leaving twice, or late, is harmless; the last one to leave takes the signal's own listener off. */
  leave(listener: AbortListener): void {
    if (this.#first === listener) this.#first = undefined;
    else if (!this.#others?.delete(listener)) return;
    if (!this.#first && !this.#others?.size) this.#signal.removeEventListener("abort", tellAll);
  }

  tell(): void {
    const { reason } = this.#signal;
    const first = this.#first;
    this.#first = undefined;
    first?.onAbort(reason);
    // Whoever leaves meanwhile is told no more.
    for (const listener of this.#others ?? []) listener.onAbort(reason);
    this.#others = undefined;
  }
}

const once = { once: true };

function tellAll({ target }: Event): void {
  Heard.hub(target as AbortSignal).tell();
}

// In newer engines a frozen signal takes no field.
const frozen = /* @__PURE__ */ new WeakMap<AbortSignal, AbortHub>();

class Heard extends Same {
  readonly #hub: AbortHub;

  private constructor(signal: AbortSignal) {
    super(signal);
    this.#hub = new AbortHub(signal);
  }

  static hub(signal: AbortSignal): AbortHub {
    if (#hub in signal) return signal.#hub;
    if (Object.isExtensible(signal)) return new Heard(signal).#hub;
    const hub = frozen.get(signal) ?? new AbortHub(signal);
    frozen.set(signal, hub);
    return hub;
  }
}

/**
 * Tells `listener` when the signal aborts.
 *
 * @returns where the listener can leave, to be told nothing any more
 * @throws `signal.reason` when it has aborted already
 */
export function listen(signal: AbortSignal, listener: AbortListener): AbortHub {
  signal.throwIfAborted();
  const hub = Heard.hub(signal);
  hub.add(listener);
  return hub;
}

/**
 * Calls `tell` when the signal aborts, unless the returned function was called before. Leaving twice, or late, is harmless.
 *
 * @throws `signal.reason` when it has aborted already
 */
export function onAbort(signal: AbortSignal | undefined, tell: AbortListener["onAbort"]): () => void {
  if (!signal) return () => {};
  const listener = { onAbort: tell };
  const hub = listen(signal, listener);
  return () => hub.leave(listener);
}
