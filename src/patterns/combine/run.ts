import { Scope } from "../core/scope.ts";
import { watch, type Watcher } from "../core/settlement.ts";

/** Hears how the runs end. */
export interface Host {
  onValue(value: unknown, run: Run): void;
  onError(error: unknown, run: Run): void;
}

/**
 * One of several tasks that may be let go: its context, and whoever waits for it. Each has a scope of its own, because one that has won
 * must not be told to stop: its result, a response whose body is still to be read, say, may depend on its signal.
 */
export class Run extends Scope implements Watcher {
  readonly index: number;
  readonly #host: Host;
  /** What it follows. */
  promise: Promise<unknown> | undefined;
  #watched: { leave(watcher: Watcher): void } | undefined;

  constructor(host: Host, index: number, attempt?: number) {
    super(attempt);
    this.#host = host;
    this.index = index;
  }

  follow(promise: Promise<unknown>): void {
    this.promise = promise;
    this.#watched = watch(promise, this);
  }

  /** The host hears nothing of it any more. */
  leave(): void {
    this.#watched?.leave(this);
  }

  onValue(value: unknown): void {
    this.#host.onValue(value, this);
  }

  onError(error: unknown): void {
    this.#host.onError(error, this);
  }
}
