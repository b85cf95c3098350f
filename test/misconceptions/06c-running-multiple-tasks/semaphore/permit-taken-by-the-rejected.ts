/**
 * The signal is looked at only after the permit was taken, so acquire() throws with a permit that nobody can put back.
 *
 * @fails whoever gives up stops waiting at once
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
