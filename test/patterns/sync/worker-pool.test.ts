import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { AsyncQueue, sleep, workerPool, type TaskContext } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { countControllers } from "../../support/controllers.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";

const reason = new Error("gave up");
const failed = new Error("failed");

function filled(...items: number[]): AsyncQueue<number> {
  const queue = new AsyncQueue<number>();
  for (const item of items) queue.tryPut(item);
  return queue;
}

describe("workerPool()", () => {
  test("works through a queue until it is closed and empty, with as many workers as it is told", async () => {
    using clock = virtualTime();
    const queue = new AsyncQueue<number>({ capacity: 2 });
    let running = 0;
    let most = 0;
    const seen: number[] = [];
    const pool = workerPool(
      queue,
      async (item) => {
        most = Math.max(most, ++running);
        await sleep(10);
        running--;
        seen.push(item);
      },
      { concurrency: 3 },
    );
    const produce = async (): Promise<void> => {
      for (let n = 0; n < 9; n++) await queue.put(n);
      queue.close();
    };
    const [ended] = await clock.run(() => Promise.all([pool, produce()]));
    expect(ended).toBeUndefined();
    expect(seen).toEqual([...Array(9).keys()]);
    expect({ most, running }).toEqual({ most: 3, running: 0 });
    expect(clock.now).toBe(30);
    expect(queue.stats()).toMatchObject({ size: 0, consumers: 0 });
  });

  test("does not end while the queue is open or a worker works", async () => {
    const queue = filled(1);
    const work = deferred();
    const pool = observe(workerPool(queue, () => work.promise, { concurrency: 2 }));
    await flush();
    expect(queue.stats().consumers).toBe(1);
    queue.close();
    await flush();
    expect(pool.status).toBe("pending");
    work.resolve();
    await flush();
    expect(pool.status).toBe("fulfilled");
  });

  test("takes no item before a worker is free for it", async () => {
    const queue = filled(1, 2, 3);
    void workerPool(queue, () => new Promise(() => {}), { concurrency: 2 });
    await flush();
    expect(queue.stats().size).toBe(1);
  });

  test("takes plain results, and drops what a worker gives", async () => {
    const queue = filled(1, 2);
    queue.close();
    expect(await workerPool(queue, (item) => item * 2, { concurrency: 1 })).toBeUndefined();
  });

  test("gives the worker its item and a context, whose one signal all workers share", async () => {
    const queue = filled(1, 2);
    queue.close();
    using counted = countControllers();
    const seen: [number, TaskContext][] = [];
    await workerPool(queue, (item, context) => void seen.push([item, context]), { concurrency: 2 });
    expect(seen.map(([item, { attempt, signal }]) => [item, attempt, signal.aborted])).toEqual([
      [1, 1, false],
      [2, 1, false],
    ]);
    expect(counted.made).toBe(1);
  });

  test("shares the queue with others", async () => {
    const queue = new AsyncQueue<number>();
    const other = queue.get();
    const seen: number[] = [];
    const pool = workerPool(queue, (item) => void seen.push(item), { concurrency: 1 });
    await flush();
    queue.tryPut(1);
    queue.tryPut(2);
    queue.close();
    await pool;
    expect(await other).toBe(1);
    expect(seen).toEqual([2]);
  });

  test("runs each worker in the AsyncLocalStorage context of the pool's caller, not in the producer's", async () => {
    const user = new AsyncLocalStorage<string>();
    const queue = new AsyncQueue<number>();
    const seen: (string | undefined)[] = [];
    const pool = user.run("pool", () =>
      workerPool(queue, () => void seen.push(user.getStore()), { concurrency: 2 }),
    );
    await flush();
    user.run("producer", () => queue.tryPut(1));
    queue.close();
    await pool;
    expect(seen).toEqual(["pool"]);
  });
});

describe("workerPool() and a worker that fails", () => {
  test.each([failed, undefined, null, 0, ""])("rejects with %o, thrown or rejected", async (error) => {
    const fail = (): never => {
      throw error;
    };
    expect(await rejection(workerPool(filled(1), fail, { concurrency: 1 }))).toBe(error);
    expect(await rejection(workerPool(filled(1), () => Promise.reject(error), { concurrency: 1 }))).toBe(
      error,
    );
  });

  test("tells the others, waits for them, and leaves the rest in the queue, which stays open", async () => {
    const queue = filled(1, 2, 3, 4);
    const work = deferred();
    const told: unknown[] = [];
    const pool = observe(
      workerPool(
        queue,
        async (item, { signal }) => {
          signal.addEventListener("abort", () => told.push([item, signal.reason]));
          if (item === 1) throw failed;
          await work.promise;
        },
        { concurrency: 2 },
      ),
    );
    await flush();
    expect(told).toEqual([
      [1, failed],
      [2, failed],
    ]);
    expect(pool.status).toBe("pending");
    work.resolve();
    await flush();
    expect(pool.reason).toBe(failed);
    expect(queue.stats()).toMatchObject({ size: 2, consumers: 0, closed: false });
    expect(await queue.get()).toBe(3);
  });

  test("takes no item to a worker that was idle", async () => {
    const queue = new AsyncQueue<number>();
    const pool = rejection(workerPool(queue, () => Promise.reject(failed), { concurrency: 3 }));
    await flush();
    queue.tryPut(1);
    expect(await pool).toBe(failed);
    expect(queue.stats().consumers).toBe(0);
    queue.tryPut(2);
    expect(queue.stats().size).toBe(1);
  });

  test("the first failure counts, and none is left unhandled", async () => {
    const found = await complaints(async () => {
      const fail = (item: number) => Promise.reject(item);
      expect(await rejection(workerPool(filled(1, 2, 3), fail, { concurrency: 3 }))).toBe(1);
    });
    expect(found).toEqual([]);
  });

  test("a failure that the worker catches stops nothing", async () => {
    const queue = filled(1, 2, 3);
    queue.close();
    const errors: unknown[] = [];
    const worker = async (item: number): Promise<void> => {
      try {
        if (item === 2) throw failed;
      } catch (error) {
        errors.push(error);
      }
    };
    await workerPool(queue, worker, { concurrency: 2 });
    expect(errors).toEqual([failed]);
  });
});

describe("workerPool() and the abort of its signal", () => {
  test("before: rejects with the reason and takes nothing", async () => {
    const queue = filled(1);
    const signal = AbortSignal.abort(reason);
    expect(await rejection(workerPool(queue, () => {}, { concurrency: 1, signal }))).toBe(reason);
    expect(queue.stats().size).toBe(1);
    expect(listeners(signal)).toBe(0);
  });

  test("while the workers wait: rejects at once, and loses nothing that is put later", async () => {
    const queue = new AsyncQueue<number>();
    const controller = new AbortController();
    const pool = observe(workerPool(queue, () => {}, { concurrency: 2, signal: controller.signal }));
    await flush();
    expect(queue.stats().consumers).toBe(2);
    controller.abort(reason);
    queue.tryPut(1);
    await flush();
    expect(pool.reason).toBe(reason);
    expect(queue.stats()).toMatchObject({ size: 1, consumers: 0, closed: false });
    expect(listeners(controller.signal)).toBe(0);
  });

  test("while a worker works: tells it, and rejects when it is over", async () => {
    const queue = filled(1, 2);
    const controller = new AbortController();
    const work = deferred();
    let told: unknown;
    const worker = async (_item: number, { signal }: TaskContext): Promise<void> => {
      signal.addEventListener("abort", () => (told = signal.reason));
      await work.promise;
    };
    const pool = observe(workerPool(queue, worker, { concurrency: 1, signal: controller.signal }));
    await flush();
    controller.abort(reason);
    await flush();
    expect(told).toBe(reason);
    expect(pool.status).toBe("pending");
    work.resolve();
    await flush();
    expect(pool.reason).toBe(reason);
    expect(queue.stats().size).toBe(1);
  });

  test("in the turn in which an item was handed over: the item still reaches its worker", async () => {
    const queue = new AsyncQueue<number>();
    const controller = new AbortController();
    const seen: [number, boolean][] = [];
    const worker = (item: number, { signal }: TaskContext): void => void seen.push([item, signal.aborted]);
    const pool = rejection(workerPool(queue, worker, { concurrency: 1, signal: controller.signal }));
    await flush();
    queue.tryPut(1);
    controller.abort(reason);
    expect(await pool).toBe(reason);
    expect(seen).toEqual([[1, true]]);
    expect(queue.stats().size).toBe(0);
  });

  test("after: changes nothing, and no listener was left behind", async () => {
    const queue = filled(1);
    queue.close();
    const controller = new AbortController();
    await workerPool(queue, () => {}, { concurrency: 1, signal: controller.signal });
    expect(listeners(controller.signal)).toBe(0);
    controller.abort(reason);
  });
});

describe("workerPool() and bad arguments", () => {
  test.each([
    [[filled(), () => {}], new TypeError("workerPool: concurrency must be an integer >= 1, got undefined")],
    [
      [filled(), () => {}, { concurrency: 0 }],
      new RangeError("workerPool: concurrency must be an integer >= 1, got 0"),
    ],
    [
      [filled(), () => {}, { concurrency: 1.5 }],
      new RangeError("workerPool: concurrency must be an integer >= 1, got 1.5"),
    ],
    [
      [filled(), () => {}, { concurrency: Infinity }],
      new RangeError("workerPool: concurrency must be an integer >= 1, got Infinity"),
    ],
    [
      [filled(), () => {}, { concurrency: "2" }],
      new TypeError('workerPool: concurrency must be an integer >= 1, got "2"'),
    ],
    [
      [filled(), "work", { concurrency: 1 }],
      new TypeError('workerPool: worker must be a function, got "work"'),
    ],
    [
      [[1, 2], () => {}, { concurrency: 1 }],
      new TypeError("workerPool: queue must be an AsyncQueue, got Array"),
    ],
    [[undefined], new TypeError("workerPool: queue must be an AsyncQueue, got undefined")],
  ])("%o: states the rule", async (args, error) => {
    expect(await rejection(untyped(workerPool, ...args))).toEqual(error);
  });
});
