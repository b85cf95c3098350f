/**
 * After its turn has come, acquire() looks at the signal again and throws, although the permit is in its hands already.
 *
 * @fails no permit is lost when it comes back and the signal aborts in one turn
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
    signal?.throwIfAborted();
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        const next = this.#line.shift();
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
