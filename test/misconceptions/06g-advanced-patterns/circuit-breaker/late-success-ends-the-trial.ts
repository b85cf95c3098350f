/**
 * Any success closes a half-open circuit, also that of a call which was made before it opened.
 *
 * @fails a late success during the trial does not close the circuit
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
      if (this.#state === "half-open") this.#change("closed");
      else if (period === this.#period) this.#failures = 0;
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
