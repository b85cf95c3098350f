import { AsyncEvent, AsyncQueue, Barrier, Condition, Mutex, ReadWriteLock, workerPool } from "yieldpoint";
import { all, equal, isGivenUp, rejection } from "./check.ts";

export const sync = {
  async AsyncEvent() {
    const event = new AsyncEvent();
    await isGivenUp((options) => event.wait(options));
    const waiting = event.wait();
    event.set();
    await waiting;
    equal(event.stats(), { isSet: true, waiting: 0 });
  },
  async AsyncQueue() {
    const queue = new AsyncQueue<number>({ capacity: 1 });
    const putting = (async () => {
      for (const n of [1, 2, 3]) await queue.put(n);
      queue.close();
    })();
    equal(await all(queue), [1, 2, 3]);
    await putting;
    equal(((await rejection(queue.get())) as Error).name, "QueueClosedError");
  },
  async Barrier() {
    const barrier = new Barrier(2);
    await isGivenUp((options) => barrier.arrive(options));
    await Promise.all([barrier.arrive(), barrier.arrive()]);
    equal(barrier.stats().waiting, 0);
  },
  async Condition() {
    const mutex = new Mutex();
    const filled = new Condition(mutex);
    let cups = 0;
    const drinking = mutex.execute(async () => {
      while (cups === 0) await filled.wait();
      return --cups;
    });
    await mutex.execute(() => {
      cups++;
      filled.notify();
    });
    equal(await drinking, 0);
    await isGivenUp((options) => mutex.execute(() => filled.wait(options)));
  },
  async Mutex() {
    const mutex = new Mutex();
    const seen: string[] = [];
    const hold = (name: string): Promise<void> =>
      mutex.execute(async () => {
        seen.push(name);
        await Promise.resolve();
        seen.push(name);
      });
    await Promise.all([hold("a"), hold("b")]);
    equal(seen, ["a", "a", "b", "b"]);
  },
  async ReadWriteLock() {
    const lock = new ReadWriteLock();
    const readers = await Promise.all([lock.read(), lock.read()]);
    await isGivenUp((options) => lock.write(options));
    for (const reader of readers) reader.release();
    (await lock.write()).release();
    equal(lock.stats(), { readers: 0, writing: false, waiting: 0 });
  },
  async workerPool() {
    const queue = new AsyncQueue<number>();
    for (const n of [1, 2, 3]) queue.tryPut(n);
    queue.close();
    const seen: number[] = [];
    await workerPool(queue, (n) => void seen.push(n), { concurrency: 2 });
    equal(seen, [1, 2, 3]);
  },
};
