import type { Dispatcher } from "undici";
import type { Answer, HttpAnswer } from "./answer.ts";
import type { Relay } from "./relay.ts";

type Controller = Dispatcher.DispatchController;
type Handler = Required<Dispatcher.DispatchHandler>;
type IncomingHeaders = Parameters<Handler["onResponseStart"]>[2];

/** The headers of undici's as HttpAnswer has them. */
function readable(headers: IncomingHeaders): HttpAnswer["headers"] {
  return { get: (name) => headers[name.toLowerCase()]?.toString() ?? null };
}

/**
 * One attempt, as undici's handler. Its answer is held back, paused, from the headers on, until it is decided whether the caller is to
 * have it.
 */
export class Attempt implements Dispatcher.DispatchHandler, Answer {
  status = 0;
  headers: HttpAnswer["headers"] = readable({});
  /** Resolves when the headers have come. */
  readonly started: Promise<this>;
  readonly over: Promise<void>;
  readonly #relay: Relay;
  readonly #signal: AbortSignal;
  #controller: Controller | undefined;
  #begin!: () => void;
  #fail!: (error: unknown) => void;
  #end!: () => void;
  #ended = false;
  /** What the caller's handler has not been told yet: not every dispatcher can be paused. Undefined once it is told at once. */
  #held: (() => void)[] | undefined = [];

  constructor(relay: Relay, signal: AbortSignal) {
    this.#relay = relay;
    this.#signal = signal;
    this.started = new Promise((resolve, reject) => {
      this.#begin = () => resolve(this);
      this.#fail = reject;
    });
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
    signal.addEventListener("abort", () => this.abort(signal.reason), { once: true });
  }

  /** The caller is to have it: tells the handler what has come so far, and lets the rest come. */
  pass(): void {
    const { handler } = this.#relay;
    const controller = this.#controller as Controller;
    const held = this.#held as (() => void)[];
    this.#held = undefined;
    this.#relay.target = controller;
    try {
      for (const tell of held) tell();
      if (!this.#relay.paused) controller.resume();
    } catch (error) {
      // As undici does with what a handler throws.
      if (this.#ended) handler.onResponseError?.(this.#relay, error as Error);
      else controller.abort(error as Error);
    }
  }

  abort(reason: unknown): void {
    this.#controller?.abort(reason as Error);
  }

  onRequestStart(controller: Controller, context: object): void {
    this.#controller = controller;
    Object.assign(this.#relay.context, context);
    // It may have waited for a connection for longer than anybody waits for it.
    if (this.#signal.aborted) this.abort(this.#signal.reason);
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHeaders, message?: string): void {
    const { handler } = this.#relay;
    const tell = (): void => handler.onResponseStart?.(this.#relay, status, headers, message);
    // Before the answer there may be some that only inform.
    if (status < 200) return tell();
    this.status = status;
    this.headers = readable(headers);
    this.#tell(tell);
    controller.pause();
    this.#begin();
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    this.#tell(() => this.#relay.handler.onResponseData?.(this.#relay, chunk));
  }

  onResponseEnd(_: Controller, trailers: IncomingHeaders): void {
    this.#over();
    this.#tell(() => this.#relay.handler.onResponseEnd?.(this.#relay, trailers));
  }

  onResponseError(_: Controller | undefined, error: Error): void {
    this.#over();
    this.#fail(error);
    this.#tell(() => this.#relay.handler.onResponseError?.(this.#relay, error));
  }

  #over(): void {
    this.#ended = true;
    this.#end();
  }

  #tell(event: () => void): void {
    if (this.#held) this.#held.push(event);
    else event();
  }
}
