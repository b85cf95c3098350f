/**
 * Any success closes the circuit, also that of a call which was made before it opened.
 *
 * @fails a late success of a call from before changes nothing
 * @fails a late success during the trial does not close the circuit
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
    try {
      const value = await task();
      this.#failures = 0;
      this.#state = "closed";
      return value;
    } catch (error) {
      this.#failures++;
      if (this.#state === "half-open" || this.#failures >= this.#options.failures) this.#change("open");
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
