export interface Permit {
  release(): void;
}

export interface AcquireOptions {
  signal?: AbortSignal;
}

export class Semaphore {
  #free: number;
  /** Those who wait; calling an entry hands it a permit. */
  readonly #line: (() => void)[] = [];

  constructor(permits: number) {
    this.#free = permits;
  }

  async acquire({ signal }: AcquireOptions = {}): Promise<Permit> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);

    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        const next = this.#line.shift();
        // The permit changes hands; the number of free ones stays as it is.
        if (next) next();
        else this.#free++;
      },
    };
  }

  async execute<T>(task: () => T | PromiseLike<T>): Promise<T> {
    const permit = await this.acquire();
    try {
      return await task();
    } finally {
      permit.release();
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const grant = (): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#line.splice(this.#line.indexOf(grant), 1);
        reject(signal?.reason);
      };
      this.#line.push(grant);
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }
}
