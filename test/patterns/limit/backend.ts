import type { AdaptiveLimiter } from "yieldpoint";

interface Due {
  readonly at: number;
  readonly resolve: () => void;
}

/**
 * Time for many thousands of calls: no timers, only waits that end in order. `performance.now` tells it, which is all that a limiter
 * looks at.
 */
export class Simulation implements Disposable {
  now = 0;
  /** The one that is due last comes first. */
  readonly #due: Due[] = [];
  readonly #real = Object.getOwnPropertyDescriptor(performance, "now");

  constructor() {
    Object.defineProperty(performance, "now", { configurable: true, value: () => this.now });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const at = this.now + ms;
      let [low, high] = [0, this.#due.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((this.#due[middle] as Due).at > at) low = middle + 1;
        else high = middle;
      }
      this.#due.splice(low, 0, { at, resolve });
    });
  }

  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    await settle();
    for (let next = this.#due.at(-1); next && next.at <= end; next = this.#due.at(-1)) {
      this.#due.pop();
      this.now = next.at;
      next.resolve();
      await settle();
    }
    this.now = end;
  }

  [Symbol.dispose](): void {
    if (this.#real) Object.defineProperty(performance, "now", this.#real);
    else Reflect.deleteProperty(performance, "now");
  }
}

/** More microtasks than one call needs to end and the next to begin. */
async function settle(): Promise<void> {
  for (let tick = 0; tick < 24; tick++) await Promise.resolve();
}

/** A service that serves so many at once; with more, everybody waits the longer. */
export class Backend {
  readonly #time: Simulation;
  /** How many it serves at once. */
  capacity: number;
  /** How long a call takes when it serves no more than that, in ms. */
  base = 50;
  /** Added to what a call takes. */
  noise: () => number = () => 0;
  /** The most that were in it at once. */
  peak = 0;
  calls = 0;
  #inside = 0;

  constructor(time: Simulation, capacity: number) {
    this.#time = time;
    this.capacity = capacity;
  }

  async call(): Promise<void> {
    this.calls++;
    this.peak = Math.max(this.peak, ++this.#inside);
    await this.#time.sleep(this.base * Math.max(1, this.#inside / this.capacity) + this.noise());
    this.#inside--;
  }

  /** As `call`, but it turns away what comes on top of its capacity. */
  async callOrShed(error: unknown): Promise<void> {
    if (this.#inside < this.capacity) return this.call();
    await this.#time.sleep(1);
    throw error;
  }
}

/** So many clients that call through a limiter without end, until they are stopped. */
export function load(limiter: AdaptiveLimiter, clients: number, call: () => Promise<unknown>): () => void {
  let stopped = false;
  const client = async (): Promise<void> => {
    while (!stopped) await limiter.execute(call).catch(() => {});
  };
  for (let n = 0; n < clients; n++) void client();
  return () => {
    stopped = true;
  };
}
