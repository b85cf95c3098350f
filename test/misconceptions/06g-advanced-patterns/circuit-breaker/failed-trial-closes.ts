/**
 * A failed trial is counted like any other failure, so it takes three of them to open the circuit again.
 *
 * @fails when the trial fails, the circuit is open for another cooldown, and then tries again
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
  #trying = false;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  async execute<T>(task: () => T | PromiseLike<T>): Promise<T> {
    this.#admit();
    const period = this.#period;
    try {
      const value = await task();
      this.#trying = false;
      if (period === this.#period) {
        if (this.#state === "half-open") this.#change("closed");
        this.#failures = 0;
      }
      return value;
    } catch (error) {
      this.#trying = false;
      if (period === this.#period) {
        this.#failures++;
        if (this.#failures >= this.#options.failures) this.#change("open");
        else this.#state = "closed";
      }
      throw error;
    }
  }

  #admit(): void {
    if (this.#state === "closed") return;
    const over = performance.now() - this.#since >= this.#options.cooldown;
    if (!over || this.#trying) throw new CircuitOpenError();
    this.#trying = true;
    this.#failures = 0;
    this.#change("half-open");
  }

  #change(state: "closed" | "open" | "half-open"): void {
    this.#state = state;
    this.#failures = 0;
    this.#since = performance.now();
    this.#period++;
  }
}
