/**
 * A success does not set the count back, so failures that lie far apart open the circuit.
 *
 * @fails a success in between starts the count anew
 * @fails when the trial succeeds, calls go through again
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
  readonly #options: CircuitBreakerOptions;
  #state: "closed" | "open" | "half-open" = "closed";
  #failures = 0;
  #since = 0;
  #period = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  async execute<T>(task: () => T | PromiseLike<T>): Promise<T> {
    this.#admit();
    const period = this.#period;
    try {
      const value = await task();
      if (period === this.#period && this.#state === "half-open") this.#change("closed");
      return value;
    } catch (error) {
      if (period === this.#period) {
        this.#failures++;
        if (this.#state === "half-open" || this.#failures >= this.#options.failures) this.#change("open");
      }
      throw error;
    }
  }

  #admit(): void {
    if (this.#state === "closed") return;
    const over = performance.now() - this.#since >= this.#options.cooldown;
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
