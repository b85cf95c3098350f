import { sleep } from "yieldpoint";

/** What a source does when it is asked: gives a value, fails, or never answers. */
export interface Step<T> {
  readonly value?: T;
  readonly error?: unknown;
  /** Virtual ms until it answers; undefined: in the next microtask. */
  readonly ms?: number | undefined;
  readonly kind: "item" | "failure" | "silence";
}

export function item<T>(value: T, ms?: number): Step<T> {
  return { kind: "item", value, ms };
}

export function failure(error: unknown, ms?: number): Step<never> {
  return { kind: "failure", error, ms };
}

export const silence: Step<never> = { kind: "silence" };

/** A source that keeps count of what is done with it. It ends after the last step. */
export class WatchedSource<T> implements AsyncIterable<T> {
  opened = 0;
  /** Calls of `next`. */
  asked = 0;
  /** Calls of `return`. */
  closed = 0;
  /** Whether it was asked again before it had answered, or after its end. */
  misused = false;
  /** What `return` waits for. */
  closing: Promise<unknown> = Promise.resolve();
  /** Whether it has ended or failed by itself. */
  over = false;
  #owes = false;
  readonly #steps: readonly Step<T>[];

  constructor(...steps: readonly Step<T>[]) {
    this.#steps = steps;
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    this.opened++;
    return {
      next: async () => {
        this.misused ||= this.#owes || this.over || this.closed > 0;
        this.#owes = true;
        const step = this.#steps[this.asked++];
        if (step?.ms !== undefined) await sleep(step.ms);
        if (step?.kind === "silence") await new Promise(() => {});
        this.#owes = false;
        this.over = step?.kind !== "item";
        if (step?.kind === "failure") throw step.error;
        return step ? { done: false, value: step.value as T } : { done: true, value: undefined };
      },
      return: async () => {
        this.misused ||= this.over;
        this.closed++;
        await this.closing;
        return { done: true, value: undefined };
      },
    };
  }
}

/** Reads a stream to its end; what it throws stands last. */
export async function drain(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const value of stream) seen.push(value);
  } catch (error) {
    seen.push({ thrown: error });
  }
  return seen;
}
