/**
 * A failure that arrives while the circuit is open starts the cooldown anew, although its call was made before.
 *
 * @fails a late failure does not make the cooldown longer
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
      if (period === this.#period) {
        if (this.#state === "half-open") this.#change("closed");
        this.#failures = 0;
      }
      return value;
    } catch (error) {
      if (this.#state === "open") {
        this.#since = performance.now();
      } else if (period === this.#period) {
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
