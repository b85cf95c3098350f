import { describe, expect, test } from "vitest";
import { Semaphore } from "yieldpoint";
import { rejection } from "../../support/waiting.ts";

const counts: [value: unknown, got: string, type: new () => Error][] = [
  [0, "0", RangeError],
  [-2, "-2", RangeError],
  [1.5, "1.5", RangeError],
  [Number.NaN, "NaN", RangeError],
  [-Infinity, "-Infinity", RangeError],
  ["4", '"4"', TypeError],
  [null, "null", TypeError],
  [2n, "2n", TypeError],
  [{}, "Object", TypeError],
];

function thrown(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function stated(error: unknown): [type: unknown, message: string] {
  if (!(error instanceof Error)) throw new Error("not an error", { cause: error });
  return [error.constructor, error.message];
}

describe.each(counts)("Semaphore, given %o for a number,", (value, got, type) => {
  const bad = value as number;

  test("the constructor states the rule for permits", () => {
    const message = `Semaphore: permits must be an integer >= 1 or Infinity, got ${got}`;
    expect(stated(thrown(() => new Semaphore(bad)))).toEqual([type, message]);
  });

  test("resize() states the rule and keeps the limit", () => {
    const semaphore = new Semaphore(2);
    const message = `Semaphore.resize: permits must be an integer >= 1 or Infinity, got ${got}`;
    expect(stated(thrown(() => semaphore.resize(bad)))).toEqual([type, message]);
    expect(semaphore.stats().permits).toBe(2);
  });

  test("acquire() and execute() reject and tryAcquire() throws, stating the rule for weight", async () => {
    const semaphore = new Semaphore(2);
    const error = [type, `Semaphore: weight must be an integer >= 1, got ${got}`];
    expect(stated(await rejection(semaphore.acquire({ weight: bad })))).toEqual(error);
    expect(stated(await rejection(semaphore.execute(() => 1, { weight: bad })))).toEqual(error);
    expect(stated(thrown(() => semaphore.tryAcquire(bad)))).toEqual(error);
    expect(semaphore.stats()).toEqual({ permits: 2, held: 0, waiting: 0 });
  });
});

test("Semaphore: permits are required", () => {
  const Untyped = Semaphore as unknown as new () => Semaphore;
  expect(() => new Untyped()).toThrow(
    new TypeError("Semaphore: permits must be an integer >= 1 or Infinity, got undefined"),
  );
});

test.each([
  [-1, "-1"],
  [0.5, "0.5"],
  [Number.NaN, "NaN"],
  ["1", '"1"'],
])("Semaphore: maxQueue %o is refused", (maxQueue, got) => {
  expect(() => new Semaphore(1, { maxQueue: maxQueue as number })).toThrow(
    `Semaphore: maxQueue must be an integer >= 0 or Infinity, got ${got}`,
  );
});

test("Semaphore: a weight of Infinity is refused, also with Infinity permits, and breaks nothing", async () => {
  const semaphore = new Semaphore(Infinity);
  expect(() => semaphore.tryAcquire(Infinity)).toThrow(
    new RangeError("Semaphore: weight must be an integer >= 1, got Infinity"),
  );
  expect(await semaphore.execute(() => semaphore.stats().held)).toBe(1);
});

test("Semaphore: a weight above the permits is refused, because it could never be served", async () => {
  const semaphore = new Semaphore(2);
  const error = new RangeError("Semaphore: weight must be at most the permits (2), got 3");
  await expect(semaphore.acquire({ weight: 3 })).rejects.toThrow(error);
  await expect(semaphore.execute(() => 1, { weight: 3 })).rejects.toThrow(error);
  expect(() => semaphore.tryAcquire(3)).toThrow(error);
});

test.each([
  [Number.NaN, "NaN", RangeError],
  ["high", '"high"', TypeError],
  [null, "null", TypeError],
])("Semaphore: priority %o is refused", async (priority, got, type) => {
  const error = await rejection(new Semaphore(1).acquire({ priority: priority as number }));
  expect(stated(error)).toEqual([type, `Semaphore: priority must be a number >= -Infinity, got ${got}`]);
});

test.each([
  [Promise.resolve(1), "Promise"],
  [undefined, "undefined"],
  ["task", '"task"'],
])("Semaphore.execute() rejects with a TypeError for the task %o and holds nothing", async (task, got) => {
  const semaphore = new Semaphore(1);
  const error = await rejection(semaphore.execute(task as never));
  expect(stated(error)).toEqual([TypeError, `Semaphore.execute: task must be a function, got ${got}`]);
  expect(semaphore.stats().held).toBe(0);
});

test("Semaphore: bad arguments are reported before an abort or a full queue", async () => {
  const semaphore = new Semaphore(1, { maxQueue: 0 });
  await semaphore.acquire();
  const signal = AbortSignal.abort(new Error("aborted"));
  await expect(semaphore.acquire({ weight: 0, signal })).rejects.toThrow(RangeError);
});
