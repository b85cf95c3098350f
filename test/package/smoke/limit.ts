import { AdaptiveLimiter, Bulkhead, keyed, RateLimiter, Semaphore, sleep, type Policy } from "yieldpoint";
import { equal, isGivenUp, rejection } from "./check.ts";

/** The most of four calls that a policy lets run at once. */
async function most(policy: Policy): Promise<number> {
  let running = 0;
  let highest = 0;
  const task = async (): Promise<void> => {
    highest = Math.max(highest, ++running);
    await sleep(1);
    running--;
  };
  await Promise.all([1, 2, 3, 4].map(() => policy.execute(task)));
  return highest;
}

export const limit = {
  async AdaptiveLimiter() {
    const limiter = new AdaptiveLimiter({ initial: 2 });
    equal([await most(limiter), limiter.stats().held], [2, 0]);
  },
  async Bulkhead() {
    const bulkhead = new Bulkhead({ concurrency: 1 });
    const first = bulkhead.execute(() => sleep(1));
    equal(((await rejection(bulkhead.execute(() => 2))) as Error).name, "QueueFullError");
    await first;
  },
  async RateLimiter() {
    const limiter = new RateLimiter({ limit: 2, interval: 20 });
    const start = performance.now();
    await limiter.execute(() => {});
    await limiter.acquire({ cost: 2 });
    if (performance.now() - start < 15) throw new Error("granted too early");
    const bucket = new RateLimiter({ algorithm: "token-bucket", limit: 1, interval: 60_000 });
    equal([bucket.tryAcquire(), bucket.tryAcquire()], [true, false]);
    await isGivenUp((options) => bucket.acquire(options));
  },
  async Semaphore() {
    const semaphore = new Semaphore(2);
    equal(await most(semaphore), 2);
    const permit = await semaphore.acquire({ weight: 2 });
    await isGivenUp((options) => semaphore.acquire(options));
    permit.release();
    equal(semaphore.stats(), { permits: 2, held: 0, waiting: 0 });
  },
  async keyed() {
    const perHost = keyed(() => new Semaphore(1), { maxKeys: 2, idle: 20 });
    if (perHost.for("a") !== perHost.for("a")) throw new Error("another one for the same key");
    const answer = perHost.for("b").execute(() => 2);
    equal(perHost.stats(), { keys: 2 });
    equal(await answer, 2);
    while (perHost.stats().keys > 0) await sleep(5);
  },
};
