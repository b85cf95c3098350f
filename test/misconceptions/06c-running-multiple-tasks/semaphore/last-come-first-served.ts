/**
 * release() takes the one who came last out of the line, so whoever came first may wait for ever.
 *
 * @fails those who wait are served in the order in which they came
 * @fails a permit comes back after a task throws at once
 * @fails a permit that is released twice comes back once
 * @fails an abort after the permit was granted does not touch the line
 */
export interface Permit {
  release(): void;
}

export interface AcquireOptions {
  signal?: AbortSignal;
}

export class Semaphore {
  #free: number;
  #line: (() => void)[] = [];

  constructor(permits: number) {
    this.#free = permits;
  }

  async acquire({ signal }: AcquireOptions = {}): Promise<Permit> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
    } else {
      await new Promise<void>((resolve, reject) => {
        this.#line.push(resolve);
        signal?.addEventListener("abort", () => {
          this.#line = this.#line.filter((entry) => entry !== resolve);
          reject(signal.reason);
        });
      });
    }
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        const next = this.#line.pop();
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
}
