import { expectTypeOf, test } from "vitest";
import {
  AsyncEvent,
  AsyncQueue,
  Barrier,
  Condition,
  Mutex,
  ReadWriteLock,
  Semaphore,
  workerPool,
  type AsyncQueueStats,
  type Permit,
  type Policy,
} from "yieldpoint";
import { rejection } from "../../support/waiting.ts";

// Checked by the compiler; what runs is only there to be typed.

test("Mutex gives permits and what the task gives, and is a policy", async () => {
  const mutex = new Mutex();
  expectTypeOf(mutex).toExtend<Policy>();
  expectTypeOf(mutex.tryAcquire).returns.toEqualTypeOf<Permit | undefined>();
  expectTypeOf(await mutex.execute(() => "a")).toEqualTypeOf<string>();
  expectTypeOf(await mutex.execute(async ({ signal }) => signal.aborted)).toEqualTypeOf<boolean>();
  const permit = await mutex.acquire({ signal: undefined, priority: undefined });
  expectTypeOf(permit).toEqualTypeOf<Permit>();
  permit.release();
  // @ts-expect-error there is one permit, so there is no weight
  await mutex.execute(() => {}, { weight: 1 });
});

test("ReadWriteLock gives permits", async () => {
  const lock = new ReadWriteLock();
  expectTypeOf(lock.read).returns.resolves.toEqualTypeOf<Permit>();
  expectTypeOf(lock.write).returns.resolves.toEqualTypeOf<Permit>();
  (await lock.read({ signal: undefined })).release();
});

test("AsyncEvent, Barrier and Condition resolve with nothing", async () => {
  const event = new AsyncEvent();
  expectTypeOf(event.isSet).toEqualTypeOf<boolean>();
  expectTypeOf(event.wait).returns.resolves.toEqualTypeOf<void>();
  expectTypeOf(new Barrier(1).arrive).returns.resolves.toEqualTypeOf<void>();
  expectTypeOf(new Condition(new Mutex()).wait).returns.resolves.toEqualTypeOf<void>();
  // @ts-expect-error a semaphore of one is no mutex
  expectTypeOf(() => new Condition(new Semaphore(1))).toBeFunction();
});

test("AsyncQueue gives the items it is made for", async () => {
  const queue = new AsyncQueue<string | undefined>({ capacity: undefined });
  expectTypeOf(await queue.put("a", { signal: undefined })).toEqualTypeOf<void>();
  expectTypeOf(queue.tryPut("b")).toEqualTypeOf<boolean>();
  expectTypeOf(await queue.get()).toEqualTypeOf<string | undefined>();
  expectTypeOf(queue.tryGet()).toEqualTypeOf<{ value: string | undefined } | undefined>();
  expectTypeOf(queue.stats()).toEqualTypeOf<AsyncQueueStats>();
  expectTypeOf(queue).toExtend<AsyncIterable<string | undefined>>();
  expectTypeOf(queue.values().next).returns.resolves.toEqualTypeOf<
    IteratorResult<string | undefined, undefined>
  >();
  queue.close();
  for await (const item of queue) expectTypeOf(item).toEqualTypeOf<string | undefined>();
  // @ts-expect-error no item of this queue
  queue.tryPut(1);
});

test("workerPool() hands its worker the queue's items, and needs a number of workers", async () => {
  const queue = new AsyncQueue<number>();
  queue.close();
  const pool = workerPool(
    queue,
    (item, { signal, attempt }) => {
      expectTypeOf(item).toEqualTypeOf<number>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf(attempt).toEqualTypeOf<number>();
    },
    { concurrency: 1, signal: undefined },
  );
  expectTypeOf(await pool).toEqualTypeOf<void>();
  // @ts-expect-error how many?
  await rejection(workerPool(queue, () => {}));
});
