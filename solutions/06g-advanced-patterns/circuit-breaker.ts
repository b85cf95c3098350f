export interface CircuitBreakerOptions {
  failures: number;
  cooldown: number;
}

export class CircuitOpenError extends Error {
  constructor() {
    super("The circuit is open: the call was not made.");
  }
}

type State = "closed" | "open" | "half-open";

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #state: State = "closed";
  #failures = 0;
  /** When the current state began. */
  #since = 0;
  /** Goes up at each change of state, so that a call can tell whether its result still counts. */
  #period = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  async execute<T>(task: () => T | PromiseLike<T>): Promise<T> {
    this.#admit();
    const period = this.#period;
    try {
      const value = await task();
      if (period === this.#period) this.#succeeded();
      return value;
    } catch (error) {
      if (period === this.#period) this.#failed();
      throw error;
    }
  }

  #admit(): void {
    if (this.#state === "closed") return;
    const over = performance.now() - this.#since >= this.#options.cooldown;
    if (this.#state === "half-open" || !over) throw new CircuitOpenError();
    // This call is the trial; the next one finds the circuit half-open.
    this.#change("half-open");
  }

  #succeeded(): void {
    if (this.#state === "half-open") this.#change("closed");
    this.#failures = 0;
  }

  #failed(): void {
    this.#failures++;
    if (this.#state === "half-open" || this.#failures >= this.#options.failures) this.#change("open");
  }

  #change(state: State): void {
    this.#state = state;
    this.#failures = 0;
    this.#since = performance.now();
    this.#period++;
  }
}
