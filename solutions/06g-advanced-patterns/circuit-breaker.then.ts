// The same without async and await. The states are objects here: each knows what a call and its result mean to it, and a result is
// told to the state in which its call was made, so that late news cannot reach another one.

export interface CircuitBreakerOptions {
  failures: number;
  cooldown: number;
}

export class CircuitOpenError extends Error {
  constructor() {
    super("The circuit is open: the call was not made.");
  }
}

interface State {
  admits(): boolean;
  succeeded(): void;
  failed(): void;
}

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #state: State;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#state = this.#closed();
  }

  execute<T>(task: () => T | PromiseLike<T>): Promise<T> {
    if (!this.#state.admits()) return Promise.reject(new CircuitOpenError());
    // Read after admits(), which may have moved on to the trial.
    const state = this.#state;
    return Promise.resolve()
      .then(task)
      .then(
        (value) => {
          state.succeeded();
          return value;
        },
        (error: unknown) => {
          state.failed();
          throw error;
        },
      );
  }

  /** Moves on, unless `from` is over already. */
  #move(from: State, to: State): void {
    if (this.#state === from) this.#state = to;
  }

  #closed(): State {
    let failures = 0;
    const state: State = {
      admits: () => true,
      succeeded: () => void (failures = 0),
      failed: () => {
        failures++;
        if (failures >= this.#options.failures) this.#move(state, this.#open());
      },
    };
    return state;
  }

  #open(): State {
    const until = performance.now() + this.#options.cooldown;
    const state: State = {
      admits: () => {
        if (performance.now() < until) return false;
        this.#move(state, this.#halfOpen());
        return true;
      },
      succeeded() {},
      failed() {},
    };
    return state;
  }

  #halfOpen(): State {
    const state: State = {
      admits: () => false,
      succeeded: () => this.#move(state, this.#closed()),
      failed: () => this.#move(state, this.#open()),
    };
    return state;
  }
}
