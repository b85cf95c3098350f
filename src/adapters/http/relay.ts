import type { Dispatcher } from "undici";

type Controller = Dispatcher.DispatchController;
type Handler = Dispatcher.DispatchHandler;
type Raw = NonNullable<Controller["rawHeaders"]> | null;

/** The controller that the caller's handler has for the whole of a request, whatever number of attempts it takes. */
export class Relay implements Controller {
  readonly handler: Handler;
  /** The context of the attempt that began last. */
  readonly context: object = {};
  /** The controller of the attempt whose answer is passed on. */
  target: Controller | undefined;
  paused = false;
  readonly #aborter = new AbortController();

  constructor(handler: Handler) {
    this.handler = handler;
  }

  /** Aborts when the caller does. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  get aborted(): boolean {
    return this.signal.aborted;
  }

  get reason(): Error | null {
    return this.aborted ? (this.signal.reason as Error) : null;
  }

  get rawHeaders(): Raw {
    return this.target?.rawHeaders ?? null;
  }

  set rawHeaders(value: Raw) {
    if (this.target) this.target.rawHeaders = value;
  }

  get rawTrailers(): Raw {
    return this.target?.rawTrailers ?? null;
  }

  set rawTrailers(value: Raw) {
    if (this.target) this.target.rawTrailers = value;
  }

  pause(): void {
    this.paused = true;
    this.target?.pause();
  }

  resume(): void {
    this.paused = false;
    this.target?.resume();
  }

  abort(reason: Error): void {
    this.#aborter.abort(reason);
    this.target?.abort(reason);
  }
}
