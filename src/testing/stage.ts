import { check } from "../patterns/core/check.ts";
import type { Happening } from "./driver.ts";
import { hidden, type TimerQueue, type VirtualTimer } from "./timer-queue.ts";

interface WaitingStep extends Happening {
  readonly resolve: () => void;
  readonly name: () => string;
}

interface Event {
  /** Virtual milliseconds. */
  at: number;
  readonly text: () => string;
  /** The steps that had begun earlier and still waited. */
  readonly overtaken: readonly WaitingStep[];
}

/** Holds the steps of one run back until they are chosen, and keeps the story of what happened. */
export class Stage {
  readonly #choose: (count: number) => number;
  readonly #waiting: WaitingStep[] = [];
  readonly #begun = new Map<string, number>();
  readonly #events: Event[] = [];
  #queue: TimerQueue | undefined;

  /** `choose` says which of `count` things happens next: a step, the one that has waited longest being 0, or last the next timer. */
  constructor(choose: (count: number) => number) {
    this.#choose = choose;
  }

  readonly step = async (
    label: string,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> => {
    check(typeof label === "string", "step: label", "a string", label);
    signal?.throwIfAborted();
    const number = (this.#begun.get(label) ?? 0) + 1;
    this.#begun.set(label, number);
    const name = (): string => (this.#begun.get(label) === 1 ? label : `${label} (call ${number})`);
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        this.#tell(() => `${name()}: aborted`);
        reject(signal?.reason);
      };
      const waiting: WaitingStep = {
        name,
        resolve: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
        describe: () => ({ kind: `step "${name()}"`, due: this.#now }),
      };
      this.#waiting.push(waiting);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  };

  /** Makes the next thing happen: a step resolves, or time moves to the next timer. */
  next(queue: TimerQueue): Happening | undefined {
    this.#queue = queue;
    const count = this.#waiting.length + (queue.size === 0 ? 0 : 1);
    if (count === 0) return undefined;
    const index = count === 1 ? 0 : this.#choose(count);
    const [step] = this.#waiting.splice(index, 1);
    const overtaken = this.#waiting.slice(0, index);
    if (step === undefined) return this.#fire(queue, overtaken);
    this.#tell(step.name, overtaken);
    step.resolve();
    return step;
  }

  /** What happened, a line each, and what did not. */
  story(): string {
    const timed = this.#events.some(({ at }) => at > 0);
    const lines = this.#events.map(({ at, text, overtaken }, index) => {
      const before = overtaken.length === 0 ? "" : `, before ${list(overtaken)}`;
      return `  ${index + 1}. ${timed ? `t=${at}  ` : ""}${text()}${before}`;
    });
    if (this.#waiting.length > 0) lines.push(`Not resolved by then: ${list(this.#waiting)}.`);
    return lines.join("\n");
  }

  get #now(): number {
    return this.#queue?.now ?? 0;
  }

  #fire(queue: TimerQueue, overtaken: readonly WaitingStep[]): VirtualTimer | undefined {
    let timer: VirtualTimer | undefined;
    // Told before what its callback does.
    const event = this.#tell(() => timerText(timer), overtaken);
    try {
      timer = queue.fireNext();
      return timer;
    } finally {
      event.at = queue.now;
    }
  }

  #tell(text: () => string, overtaken: readonly WaitingStep[] = []): Event {
    const event = { at: this.#now, text, overtaken };
    this.#events.push(event);
    return event;
  }
}

function timerText(timer: VirtualTimer | undefined): string {
  if (timer === undefined) return "a timer fires, and its callback throws";
  if (timer.kind === hidden) return "the clock has been advanced";
  const { kind, at } = timer.describe();
  return `${kind} fires${at === undefined ? "" : ` (armed at ${at})`}`;
}

function list(steps: readonly WaitingStep[]): string {
  const names = steps.slice(0, 3).map((step) => step.name());
  if (steps.length > names.length) names.push(`${steps.length - names.length} more`);
  return names.join(", ");
}
