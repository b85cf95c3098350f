import { sleep } from "yieldpoint";

/** Gives the numbers from 0 up, and notes how it is used. */
export class Source {
  /** Items that were asked for. */
  taken = 0;
  /** Calls of `return()`. */
  closed = 0;
  /** Times that an item was asked for before the last one was there. */
  overlaps = 0;
  onTake: () => unknown = () => {};
  onClose: () => unknown = () => {};
  readonly #items: number;
  #owes = false;

  constructor(items: number) {
    this.#items = items;
  }

  sync(): IterableIterator<number> {
    return {
      next: () => {
        if (this.taken === this.#items) return { done: true, value: undefined };
        const value = this.taken++;
        this.onTake();
        return { done: false, value };
      },
      return: () => {
        this.closed++;
        this.onClose();
        return { done: true, value: undefined };
      },
      [Symbol.iterator]() {
        return this;
      },
    };
  }

  /** Each item takes `ms`; by default it is there at once. */
  async(ms?: number): AsyncIterableIterator<number> {
    return {
      next: async () => {
        if (this.taken === this.#items) return { done: true, value: undefined };
        if (this.#owes) this.overlaps++;
        const value = this.taken++;
        this.#owes = true;
        if (ms !== undefined) await sleep(ms);
        await this.onTake();
        this.#owes = false;
        return { done: false, value };
      },
      return: async () => {
        this.closed++;
        await this.onClose();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
