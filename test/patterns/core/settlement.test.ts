import { inspect } from "node:util";
import { expect, test } from "vitest";
import { watch as watchWith } from "../../../src/patterns/core/settlement.ts";
import { complaints, deferred, flush, survivors } from "../../support/waiting.ts";

/** Watches with two functions; the returned one leaves. */
function watch(
  promise: Promise<unknown>,
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void,
): () => void {
  const watcher = { onValue, onError };
  const watched = watchWith(promise, watcher);
  return () => watched.leave(watcher);
}

test("watch() tells each watcher of the value, in the order in which they came", async () => {
  const { promise, resolve } = deferred<string>();
  const told: unknown[] = [];
  watch(
    promise,
    (value) => told.push("first", value),
    () => told.push("error"),
  );
  watch(
    promise,
    (value) => told.push("second", value),
    () => told.push("error"),
  );
  resolve("done");
  expect(told).toStrictEqual([]);
  await flush();
  expect(told).toStrictEqual(["first", "done", "second", "done"]);
});

test.each([undefined, null, 0, new Error("x")])("watch() tells of the failure %s", async (reason) => {
  const told: unknown[] = [];
  watch(
    Promise.reject(reason),
    () => told.push("value"),
    (error) => told.push(error),
  );
  await flush();
  expect(told).toStrictEqual([reason]);
});

test("watch() tells of a promise that has settled long ago, and was watched then", async () => {
  const promise = Promise.resolve(1);
  const told: unknown[] = [];
  const note = (value: unknown): void => void told.push(value);
  watch(promise, note, note);
  await flush();
  watch(promise, note, note);
  await flush();
  expect(told).toStrictEqual([1, 1]);
});

test("watch() tells nobody who has left, also when another's turn makes it leave", async () => {
  const { promise, resolve } = deferred();
  const told: string[] = [];
  const watchAs = (name: string, then = (): void => {}): (() => void) => {
    const note = (): void => {
      told.push(name);
      then();
    };
    return watch(promise, note, note);
  };
  const leaveEarly = watchAs("left before");
  watchAs("stayed", () => leaveNow());
  const leaveNow = watchAs("left during");
  leaveEarly();
  leaveEarly();
  resolve();
  await flush();
  expect(told).toStrictEqual(["stayed"]);
});

test("watch() tells of a frozen promise, also when it is watched twice", async () => {
  const { promise, resolve } = deferred<string>();
  Object.freeze(promise);
  const told: unknown[] = [];
  const note = (value: unknown): void => void told.push(value);
  watch(promise, note, note);
  const leave = watch(promise, note, note);
  watch(promise, note, note);
  leave();
  resolve("done");
  await flush();
  expect(told).toStrictEqual(["done", "done"]);
});

test("watch() puts nothing on a promise that anyone else can see", async () => {
  const promise = Promise.resolve(1);
  watch(
    promise,
    () => {},
    () => {},
  );
  expect(Reflect.ownKeys(promise)).toStrictEqual([]);
  expect(inspect(promise)).toBe("Promise { 1 }");
  expect(await promise).toBe(1);
});

test("watch() starts afresh for who comes while the others are told", async () => {
  const promise = Promise.resolve();
  const told: string[] = [];
  watch(
    promise,
    () => {
      told.push("first");
      watch(
        promise,
        () => told.push("late"),
        () => {},
      );
    },
    () => {},
  );
  await flush();
  expect(told).toStrictEqual(["first", "late"]);
});

test("watch() handles a rejection, also after the last watcher has left", async () => {
  const found = await complaints(() => {
    const { promise, reject } = deferred();
    watch(
      promise,
      () => {},
      () => {},
    )();
    reject(new Error("too late"));
  });
  expect(found).toStrictEqual([]);
});

test("watch() holds nothing of a watcher that has left a promise that never settles", async () => {
  const never = new Promise<never>(() => {});
  const come = (leaveAgain: boolean): WeakRef<object> => {
    const big = { size: 1_000 };
    const leave = watch(
      never,
      () => big,
      () => big,
    );
    if (leaveAgain) leave();
    return new WeakRef(big);
  };
  expect(await survivors([come(false)])).toBe(1);
  expect(await survivors(Array.from({ length: 100 }, () => come(true)))).toBe(0);
  expect(never).toBeInstanceOf(Promise);
});
