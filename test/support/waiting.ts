import { getEventListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { collect } from "./gc.ts";

/** Lets everything run that is ready: the microtasks, and those that they queue. Not under virtual time. */
export function flush(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Lets many microtasks run, under any clock. */
export async function microtasks(): Promise<void> {
  for (let i = 0; i < 100; i++) await Promise.resolve();
}

/** A promise to be settled by hand. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

/** Listeners for the abort of a signal. */
export function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

/** What a promise rejects with, also if that is undefined; fails if it does not reject. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  const [value, reason] = await promise.then(
    (result) => [result, notRejected],
    (error: unknown) => [undefined, error],
  );
  if (reason === notRejected) throw new Error(`not rejected, the value is ${String(value)}`);
  return reason;
}

const notRejected = Symbol("not rejected");

/** What a promise gives that is about to settle; fails if it does not. Not under virtual time. */
export async function soon<T>(promise: PromiseLike<T>, what: string, within = 3_000): Promise<T> {
  const settled = new AbortController();
  const late = delay(within, undefined, settled).then(() => {
    throw new Error(`waited in vain for ${what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    settled.abort();
  }
}

/** What the process complains of while `body` runs and for a few turns after it. */
export async function complaints(body: () => unknown): Promise<unknown[]> {
  const found: unknown[] = [];
  const note = (what: unknown): void => void found.push(what);
  process.on("unhandledRejection", note).on("warning", note);
  try {
    await body();
    for (let turn = 0; turn < 3; turn++) await flush();
  } finally {
    process.off("unhandledRejection", note).off("warning", note);
  }
  return found;
}

/** How many of these objects are still held after a garbage collection. */
export async function survivors(references: readonly WeakRef<object>[]): Promise<number> {
  // A WeakRef keeps its target until the turn that made it or read it is over.
  for (let round = 0; round < 2; round++) {
    await flush();
    collect();
  }
  return references.filter((reference) => reference.deref() !== undefined).length;
}
