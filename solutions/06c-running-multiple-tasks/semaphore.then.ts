// The same without async and await: each step is a link of a chain.

export interface Permit {
  release(): void;
}

export interface AcquireOptions {
  signal?: AbortSignal;
}

interface Waiter {
  grant(permit: Permit): void;
}

export class Semaphore {
  #free: number;
  readonly #line = new Set<Waiter>();

  constructor(permits: number) {
    this.#free = permits;
  }

  acquire({ signal }: AcquireOptions = {}): Promise<Permit> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve(this.#permit());
    }
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#line.delete(waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        grant(permit) {
          signal?.removeEventListener("abort", giveUp);
          resolve(permit);
        },
      };
      this.#line.add(waiter);
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  execute<T>(task: () => T | PromiseLike<T>): Promise<T> {
    return this.acquire().then((permit) =>
      Promise.resolve()
        .then(task)
        .finally(() => permit.release()),
    );
  }

  #permit(): Permit {
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        const [next] = this.#line;
        if (next) {
          this.#line.delete(next);
          next.grant(this.#permit());
        } else {
          this.#free++;
        }
      },
    };
  }
}
