import { checkSignal, type AbortEar, type AbortSource } from "./abort-hub.ts";
import type { AbortOptions, TaskContext } from "./task.ts";

/**
 * The context of one task, as patterns pass it to each other. A pattern that is run by another gets it in the place of options, and
 * hears of an abort from its `source`: no AbortController is made for that.
 */
export class Context implements TaskContext {
  readonly attempt: number;
  /** What aborts it: the caller's signal, or the scope that the caller runs in. Undefined where nothing does. */
  source: AbortSource | undefined;

  constructor(source?: AbortSource, attempt = 1) {
    this.attempt = attempt;
    this.source = source;
  }

  get signal(): AbortSignal {
    // One that never aborts is made when it is read.
    this.source ??= new AbortController().signal;
    return this.source instanceof Scope ? this.source.signal : (this.source as AbortSignal);
  }
}

/** Is aborted by whoever made it. There is an AbortController only once its `signal` was read. */
export class Scope extends Context implements AbortSource {
  #controller: AbortController | undefined;
  /** Why it was aborted, in an array, if that was before the controller was made; else whoever listens without one. */
  #state: AbortEar | readonly [reason: unknown] | undefined;

  constructor(attempt?: number) {
    super(undefined, attempt);
    this.source = this;
  }

  override get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (Array.isArray(this.#state)) this.#controller.abort(...this.#state);
    }
    return this.#controller.signal;
  }

  /** Whether somebody may listen: the task has read its signal, or a pattern that runs in it waits. */
  get heard(): boolean {
    return (this.#controller ?? this.#state) !== undefined;
  }

  get aborted(): boolean {
    return this.#controller?.signal.aborted ?? Array.isArray(this.#state);
  }

  get reason(): unknown {
    return this.signal.reason;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  /** There is one listener at most: the hub of all who listen. */
  addEventListener(_type: "abort", listener: AbortEar): void {
    this.#state = listener;
  }

  removeEventListener(): void {
    // Whoever leaves twice may do so after an abort.
    if (!this.aborted) this.#state = undefined;
  }

  /** Tells the task, once; without a reason it is the platform's AbortError. */
  abort(reason?: unknown): void {
    if (this.aborted) return;
    const listener = this.#state as AbortEar | undefined;
    if (this.#controller) this.#controller.abort(reason);
    else this.#state = [reason];
    listener?.handleEvent();
  }
}

/** What a call is given: options, or the context that the caller runs in. */
export type CallOptions = AbortOptions & { readonly attempt?: number };

/** What aborts a call with these options: the caller's signal, or what the pattern runs in that called. */
export function sourceOf(options: AbortOptions): AbortSource | undefined {
  return options instanceof Context ? options.source : checkSignal(options.signal);
}

/** The context for a task that is called with these options: as it is, where it is to have the same attempt. */
export function contextOf(options: CallOptions, attempt = options.attempt): Context {
  if (options instanceof Context && attempt === options.attempt) return options;
  return new Context(sourceOf(options), attempt);
}
