import type { TaskContext } from "./task.ts";

/**
 * The context of one task. It makes an AbortController only when the task reads `signal`; with `signal` given,
 * that one is passed on and the scope itself is never aborted.
 */
export class Scope implements TaskContext {
  readonly attempt: number;
  readonly #signal: AbortSignal | undefined;
  #controller: AbortController | undefined;
  #ended: [reason: unknown] | undefined;

  constructor(signal?: AbortSignal, attempt = 1) {
    this.#signal = signal;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    if (this.#signal) return this.#signal;
    const controller = (this.#controller ??= new AbortController());
    if (this.#ended) controller.abort(...this.#ended);
    return controller.signal;
  }

  /** Tells the task, once; without a reason it is the platform's AbortError. */
  abort(reason?: unknown): void {
    this.#ended = [reason];
    this.#controller?.abort(reason);
  }
}
