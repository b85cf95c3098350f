export interface CircuitBreakerOptions {
  /** How many failures in a row open the circuit. */
  failures: number;
  /** How many milliseconds it stays open before a call is tried. */
  cooldown: number;
}

/** The answer to a call that was refused. */
export class CircuitOpenError extends Error {
  constructor() {
    super("The circuit is open: the call was not made.");
  }
}

/** Stops calling what keeps failing, and tries it again after a while. */
export class CircuitBreaker {
  readonly options: CircuitBreakerOptions;

  constructor(options: CircuitBreakerOptions) {
    this.options = options;
  }

  /** Runs the task, unless the circuit is open. */
  async execute<T>(task: () => T | PromiseLike<T>): Promise<T> {
    // Your code here. For now, every call goes through.
    return task();
  }
}
