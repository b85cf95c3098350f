import { subscribe, type ChannelName, type Messages } from "yieldpoint/diagnostics";

/** What is told on a channel until it is disposed of. */
export class Heard<N extends ChannelName> implements Disposable {
  readonly messages: Messages[N][] = [];
  readonly #subscription: Disposable;

  constructor(name: N) {
    this.#subscription = subscribe(name, (message) => void this.messages.push(message));
  }

  /** What was told since this was asked last. */
  take(): Messages[N][] {
    return this.messages.splice(0);
  }

  /** The events alone, since this was asked last. */
  events(): Messages[N]["event"][] {
    return this.take().map(({ event }) => event);
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }
}
