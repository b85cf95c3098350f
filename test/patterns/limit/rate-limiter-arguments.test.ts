import { describe, expect, test } from "vitest";
import { RateLimiter } from "yieldpoint";
import { rejection } from "../../support/waiting.ts";

const notWhole: [value: unknown, got: string, type: new () => Error][] = [
  [0, "0", RangeError],
  [-2, "-2", RangeError],
  [1.5, "1.5", RangeError],
  [Number.NaN, "NaN", RangeError],
  [Infinity, "Infinity", RangeError],
  ["4", '"4"', TypeError],
  [null, "null", TypeError],
  [{}, "Object", TypeError],
];

const usual = { limit: 5, interval: 100 };

function stated(error: unknown): [type: unknown, message: string] {
  if (!(error instanceof Error)) throw new Error("not an error", { cause: error });
  return [error.constructor, error.message];
}

async function thrown(body: () => unknown): Promise<[type: unknown, message: string]> {
  return stated(await rejection((async () => body())()));
}

describe.each(notWhole)("RateLimiter, given %o for a number,", (value, got, type) => {
  const bad = value as number;

  test("states the rules for limit and burst", async () => {
    expect(await thrown(() => new RateLimiter({ ...usual, limit: bad }))).toEqual([
      type,
      `RateLimiter: limit must be an integer >= 1, got ${got}`,
    ]);
    expect(await thrown(() => new RateLimiter({ ...usual, algorithm: "token-bucket", burst: bad }))).toEqual([
      type,
      `RateLimiter: burst must be an integer >= 1, got ${got}`,
    ]);
  });

  test("states the rule for cost, and spends nothing", async () => {
    const limiter = new RateLimiter(usual);
    const error = [type, `RateLimiter: cost must be an integer >= 1, got ${got}`];
    expect(stated(await rejection(limiter.acquire({ cost: bad })))).toEqual(error);
    expect(stated(await rejection(limiter.execute(() => 1, { cost: bad })))).toEqual(error);
    expect(await thrown(() => limiter.tryAcquire(bad))).toEqual(error);
    expect(limiter.stats()).toEqual({ available: 5, used: 0, waiting: 0 });
  });
});

test.each([
  [0, "0", RangeError],
  [-1, "-1", RangeError],
  [Number.NaN, "NaN", RangeError],
  ["1s", '"1s"', TypeError],
  ["1000", '"1000"', TypeError],
  [undefined, "undefined", TypeError],
])("RateLimiter: interval %o is refused", async (interval, got, type) => {
  const make = () => new RateLimiter({ limit: 1, interval: interval as number });
  expect(await thrown(make)).toEqual([type, `RateLimiter: interval must be a number > 0, got ${got}`]);
});

test("RateLimiter: an interval below a millisecond is fine", async () => {
  const limiter = new RateLimiter({ limit: 1, interval: 0.5 });
  await limiter.acquire();
  await limiter.acquire();
  expect(limiter.stats().waiting).toBe(0);
});

test.each([
  [-1, "-1"],
  [0.5, "0.5"],
  [Number.NaN, "NaN"],
  ["1", '"1"'],
])("RateLimiter: maxQueue %o is refused", (maxQueue, got) => {
  expect(() => new RateLimiter({ ...usual, maxQueue: maxQueue as number })).toThrow(
    `RateLimiter: maxQueue must be an integer >= 0 or Infinity, got ${got}`,
  );
});

test.each([
  [-1, "-1", RangeError],
  [Number.NaN, "NaN", RangeError],
  ["1", '"1"', TypeError],
])("RateLimiter: maxWait %o is refused", async (maxWait, got, type) => {
  const error = await rejection(new RateLimiter(usual).acquire({ maxWait: maxWait as number }));
  expect(stated(error)).toEqual([type, `RateLimiter: maxWait must be a number >= 0, got ${got}`]);
});

test.each([undefined, "sliding-window"])(
  "RateLimiter: a burst is refused, not ignored, where the algorithm is %j",
  async (algorithm) => {
    const options = { ...usual, algorithm, burst: 7 };
    expect(await thrown(() => new RateLimiter(options as never))).toEqual([
      RangeError,
      'RateLimiter: burst must be left to the "token-bucket", got 7',
    ]);
    expect(new RateLimiter({ ...options, burst: undefined } as never).stats().available).toBe(usual.limit);
  },
);

test.each(["leaky", null])("RateLimiter: the algorithm %j is refused", async (algorithm) => {
  const make = () => new RateLimiter({ ...usual, algorithm: algorithm as never });
  const got = JSON.stringify(algorithm);
  expect(await thrown(make)).toEqual([
    TypeError,
    `RateLimiter: algorithm must be "sliding-window" or "token-bucket", got ${got}`,
  ]);
});

test("RateLimiter: a cost above the limit is refused, because it could never be granted", async () => {
  const limiter = new RateLimiter(usual);
  const error = new RangeError("RateLimiter: cost must be at most the limit (5), got 6");
  await expect(limiter.acquire({ cost: 6 })).rejects.toThrow(error);
  await expect(limiter.execute(() => 1, { cost: 6 })).rejects.toThrow(error);
  expect(() => limiter.tryAcquire(6)).toThrow(error);
  expect(limiter.tryAcquire(5)).toBe(true);
});

test("RateLimiter: a token bucket grants at most its burst", () => {
  const limiter = new RateLimiter({ ...usual, algorithm: "token-bucket", burst: 7 });
  expect(() => limiter.tryAcquire(8)).toThrow(
    new RangeError("RateLimiter: cost must be at most the burst (7), got 8"),
  );
  expect(limiter.tryAcquire(7)).toBe(true);
});

test.each([
  [Promise.resolve(1), "Promise"],
  [undefined, "undefined"],
])("RateLimiter.execute() rejects with a TypeError for the task %o and spends nothing", async (task, got) => {
  const limiter = new RateLimiter(usual);
  const error = await rejection(limiter.execute(task as never));
  expect(stated(error)).toEqual([TypeError, `RateLimiter.execute: task must be a function, got ${got}`]);
  expect(limiter.stats().used).toBe(0);
});

test("RateLimiter: bad arguments are reported before an abort", async () => {
  const signal = AbortSignal.abort(new Error("aborted"));
  await expect(new RateLimiter(usual).acquire({ cost: 0, signal })).rejects.toThrow(RangeError);
});

test("RateLimiter takes options that are given as undefined for their defaults", async () => {
  const limiter = new RateLimiter({
    ...usual,
    algorithm: "token-bucket",
    burst: undefined,
    maxQueue: undefined,
  });
  await limiter.acquire({ cost: undefined, maxWait: undefined, signal: undefined });
  expect(limiter.stats()).toMatchObject({ available: 4 });
});
