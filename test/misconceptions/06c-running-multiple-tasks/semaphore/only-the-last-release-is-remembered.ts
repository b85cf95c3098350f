/**
 * The semaphore remembers which permit was released last, so an older one can be put back a second time.
 *
 * @fails a permit that is released twice comes back once
 */
export interface Permit {
  release(): void;
}

export interface AcquireOptions {
  signal?: AbortSignal;
}

export class Semaphore {
  #free: number;
  #last: Permit | undefined;
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
    const permit: Permit = {
      release: () => {
        if (this.#last === permit) return;
        this.#last = permit;
        const next = this.#line.shift();
        if (next) next();
        else this.#free++;
      },
    };
    return permit;
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
