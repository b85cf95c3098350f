/**
 * A call remembers the state it was made in, not the period: once the circuit has closed again, a call from before counts as a new one.
 *
 * @fails a late failure does not count once the circuit has closed again
 * @fails a late success does not start the count anew once the circuit has closed again
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

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  async execute<T>(task: () => T | PromiseLike<T>): Promise<T> {
    this.#admit();
    const state = this.#state;
    try {
      const value = await task();
      if (state === this.#state) {
        if (this.#state === "half-open") this.#change("closed");
        this.#failures = 0;
      }
      return value;
    } catch (error) {
      if (state === this.#state) {
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
  }
}
