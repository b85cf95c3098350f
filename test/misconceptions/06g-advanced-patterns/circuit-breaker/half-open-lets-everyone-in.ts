/**
 * When the cooldown is over, every call is let in until the first of them has ended.
 *
 * @fails after the cooldown one call is let in, and the others are refused while it runs
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
  #failures = 0;
  #openUntil = 0;
  #period = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  async execute<T>(task: () => T | PromiseLike<T>): Promise<T> {
    if (performance.now() < this.#openUntil) throw new CircuitOpenError();
    const period = this.#period;
    try {
      const value = await task();
      if (period === this.#period) this.#failures = 0;
      return value;
    } catch (error) {
      if (period === this.#period && ++this.#failures >= this.#options.failures) {
        this.#openUntil = performance.now() + this.#options.cooldown;
        this.#period++;
      }
      throw error;
    }
  }
}
