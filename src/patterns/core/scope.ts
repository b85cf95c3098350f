import type { TaskContext } from "./task.ts";

/**
 * The context of one task. It makes an AbortController only when the task reads `signal`; with `signal` given,
 * that one is passed on and the scope itself is never aborted.
 */
export class Scope implements TaskContext {
  readonly attempt: number;
  #signal: AbortSignal | undefined;
  /** The own signal's controller; before it is made, the reason if the task was told. */
  #controller: AbortController | readonly [reason: unknown] | undefined;

  constructor(signal?: AbortSignal, attempt = 1) {
    this.#signal = signal;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    if (this.#signal) return this.#signal;
    const controller = new AbortController();
    if (this.#controller) controller.abort(...(this.#controller as readonly [unknown]));
    this.#controller = controller;
    return (this.#signal = controller.signal);
  }

  /** Whether there is a signal: one was given, or the task has read its own. */
  get hasSignal(): boolean {
    return this.#signal !== undefined;
  }

  /** Tells the task, once; without a reason it is the platform's AbortError. */
  abort(reason?: unknown): void {
    if (this.#signal) (this.#controller as AbortController | undefined)?.abort(reason);
    else this.#controller ??= [reason];
  }
}
