import { median } from "./statistics.ts";

/** Does the work once and tells how many milliseconds of it count. */
export type Batch = () => number | Promise<number>;

/** What must outlive the measurement: a class whose last instance is collected loses its optimised code. */
const kept: unknown[] = [];

export function keep<T>(value: T): T {
  kept.push(value);
  return value;
}

/** Nanoseconds for one operation: the median of as many batches as the budget holds, after as long a warm-up. */
export async function steady(batch: Batch, operations: number, budget: number): Promise<number> {
  await collect(batch, budget);
  gc();
  return (median(await collect(batch, budget)) / operations) * 1e6;
}

async function collect(batch: Batch, budget: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + budget;
  do times.push(await batch());
  while (performance.now() < end);
  return times;
}

/** A batch of operations one after the other. */
export function sequence(operations: number, operation: () => Promise<unknown>): Batch {
  return async () => {
    const start = performance.now();
    for (let i = 0; i < operations; i++) await operation();
    return performance.now() - start;
  };
}

/** Bytes of heap that each of `count` values keeps, with its place in the caller's array. */
export async function keptBytes(count: number, make: () => unknown): Promise<number> {
  // Code and its feedback are there before the first one that counts.
  for (let i = 0; i < 1_000; i++) keep(make());
  const before = await heap();
  const held: unknown[] = [];
  for (let i = 0; i < count; i++) held.push(make());
  const after = await heap();
  keep(held);
  return Math.max(0, Math.round((after - before) / count));
}

/** Bytes of heap in use, with what is no longer reachable collected. */
export async function heap(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await turn();
    gc();
  }
  return process.memoryUsage().heapUsed;
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function gc(): void {
  if (globalThis.gc === undefined) throw new Error("bench: measurements run with --expose-gc");
  globalThis.gc();
}

/** Fails a measurement whose work was not done as it should. */
export function verify(fact: boolean, what: string): asserts fact {
  if (!fact) throw new Error(`bench: ${what}`);
}

/** Fails unless `runAll` runs as many at once as the limit says, and never more. */
export async function verifyMost(
  limit: number,
  runAll: (work: () => Promise<number>, count: number) => Promise<unknown>,
): Promise<void> {
  let running = 0;
  let most = 0;
  let full = (): void => {};
  const allRun = new Promise<void>((resolve) => (full = resolve));
  const unfilled = setTimeout(full, 2_000);
  const work = async (): Promise<number> => {
    most = Math.max(most, ++running);
    if (running === limit) full();
    await allRun;
    await turn();
    return running--;
  };
  await runAll(work, limit * 2 + 1);
  clearTimeout(unfilled);
  verify(most === limit, `${most} ran at once where the limit is ${limit}`);
}
