import { Audience } from "./audience.ts";
import { check } from "./check.ts";
import { Same } from "./same.ts";

/** What can abort: a signal, or a scope of the package, which needs none. */
export interface AbortSource {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: AbortEar, options: { readonly once: boolean }): void;
  removeEventListener(type: "abort", listener: AbortEar): void;
}

/** What a source tells. An object, which costs no function: what calls it may be a wrapper around the signal. */
export interface AbortEar {
  handleEvent(): void;
}

/** Whether there is none; null from untyped code is none, too. */
function isNone(signal: unknown): signal is null | undefined {
  return signal === undefined || signal === null;
}

/** Refuses what is no signal, where there is one. */
export function checkSignal<S extends AbortSource | undefined>(signal: S): S {
  if (!isNone(signal)) check(typeof signal.throwIfAborted === "function", "signal", "an AbortSignal", signal);
  return signal;
}

/** Whether who comes with it is refused before he waits: it has aborted, or is no signal at all. `listen` says which. */
export function isRefused(signal: { readonly aborted?: unknown } | undefined): boolean {
  return !isNone(signal) && signal.aborted !== false;
}

/** Hears of an abort. */
export interface AbortListener {
  onAbort(reason: unknown): void;
}

/**
 * Those who wait on one signal. It has one listener for the whole package, whatever their number: Node slows down with each
 * further listener, and warns at eleven.
 */
export class AbortHub extends Audience<AbortListener> implements AbortEar {
  readonly #source: AbortSource;

  constructor(source: AbortSource) {
    super();
    this.#source = source;
  }

  override add(listener: AbortListener): void {
    if (this.empty) this.#source.addEventListener("abort", this, once);
    super.add(listener);
  }

  /** The last one to leave takes the signal's own listener off. */
  override leave(listener: AbortListener): void {
    super.leave(listener);
    if (this.empty) this.#source.removeEventListener("abort", this);
  }

  handleEvent(): void {
    const { reason } = this.#source;
    this.tellAll((listener) => listener.onAbort(reason));
  }
}

const once = { once: true };

// In newer engines a frozen signal takes no field.
const frozen = /* @__PURE__ */ new WeakMap<AbortSource, AbortHub>();

class Heard extends Same {
  readonly #hub: AbortHub;

  private constructor(source: AbortSource) {
    super(source);
    this.#hub = new AbortHub(source);
  }

  static hub(source: AbortSource): AbortHub {
    if (#hub in source) return source.#hub;
    if (Object.isExtensible(source)) return new Heard(source).#hub;
    const hub = frozen.get(source) ?? new AbortHub(source);
    frozen.set(source, hub);
    return hub;
  }
}

/**
 * Tells `listener` when the source aborts.
 *
 * @returns where the listener can leave, to be told nothing any more
 * @throws its reason when it has aborted already
 */
export function listen(source: AbortSource, listener: AbortListener): AbortHub {
  checkSignal(source).throwIfAborted();
  const hub = Heard.hub(source);
  hub.add(listener);
  return hub;
}

/**
 * Calls `tell` when the source aborts, unless the returned function was called before. Leaving twice, or late, is harmless.
 *
 * @throws its reason when it has aborted already
 */
export function onAbort(source: AbortSource | undefined, tell: AbortListener["onAbort"]): () => void {
  if (isNone(source)) return () => {};
  const listener = { onAbort: tell };
  const hub = listen(source, listener);
  return () => hub.leave(listener);
}
