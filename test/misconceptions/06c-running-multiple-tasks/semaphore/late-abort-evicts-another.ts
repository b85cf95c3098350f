/**
 * The listener stays after the permit was granted: an abort then finds nobody at index -1, and splice(-1, 1) takes out the last in line.
 *
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
  readonly #line: (() => void)[] = [];

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
          this.#line.splice(this.#line.indexOf(resolve), 1);
          reject(signal.reason);
        });
      });
    }
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
