/**
 * The permit is released only when the task succeeds: the line with release() is not reached after an error.
 *
 * @fails a permit comes back after a task rejects
 * @fails a permit comes back after a task throws at once
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
        const next = this.#line.shift();
        if (next) next();
        else this.#free++;
      },
    };
  }

  async execute<T>(task: () => T | PromiseLike<T>): Promise<T> {
    const permit = await this.acquire();
    const result = await task();
    permit.release();
    return result;
  }
}
