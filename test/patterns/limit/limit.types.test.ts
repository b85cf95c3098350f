import { expect, expectTypeOf, test } from "vitest";
import {
  AdaptiveLimiter,
  Bulkhead,
  keyed,
  Mutex,
  RateLimiter,
  Semaphore,
  timeoutPolicy,
  type Keyed,
  type Policy,
  type Task,
} from "yieldpoint";
import { thenable } from "../../support/thenable.ts";
import { rejection } from "../../support/waiting.ts";

// Checked by the compiler; what runs is only there to be typed.

const limits = {
  adaptive: new AdaptiveLimiter(),
  bulkhead: new Bulkhead({ concurrency: 1 }),
  mutex: new Mutex(),
  rate: new RateLimiter({ limit: 100, interval: 1 }),
  semaphore: new Semaphore(1),
};
type Limit = (typeof limits)[keyof typeof limits];

test("execute() of every limit gives what the task gives, optional, void and foreign results too", async () => {
  const find: Task<string | undefined> = () => undefined;
  const nothing = (): void => {};
  for (const limit of Object.values(limits)) {
    expectTypeOf(limit).toEqualTypeOf<Limit>();
    expectTypeOf(limit).toExtend<Policy>();
    expectTypeOf(await limit.execute(find)).toEqualTypeOf<string | undefined>();
    expectTypeOf(await limit.execute(nothing)).toEqualTypeOf<void>();
    expectTypeOf(await limit.execute(async () => null, { signal: undefined })).toEqualTypeOf<null>();
    expectTypeOf(await limit.execute(() => thenable<number>((done) => done(1)))).toEqualTypeOf<number>();
    const pair = await limit.execute(({ attempt, signal }) => [attempt, signal.aborted] as const);
    expectTypeOf(pair).toEqualTypeOf<readonly [number, boolean]>();
    // @ts-expect-error a promise has started already
    expect(await rejection(limit.execute(Promise.resolve(1)))).toBeInstanceOf(TypeError);
  }
});

test("options that are explicitly undefined are the defaults, and others are refused", async () => {
  const made = [
    new Semaphore(1, { maxQueue: undefined }),
    new Bulkhead({ concurrency: 1, maxQueue: undefined }),
    new AdaptiveLimiter({ initial: undefined, min: undefined, max: undefined, onLimitChange: undefined }),
    new RateLimiter({
      algorithm: "token-bucket",
      limit: 1,
      interval: 1,
      burst: undefined,
      maxQueue: undefined,
    }),
  ];
  expect(made).toHaveLength(4);
  await limits.semaphore.execute(() => 1, { weight: undefined, priority: undefined, signal: undefined });
  await limits.rate.acquire({ cost: undefined, maxWait: undefined, signal: undefined });
  // @ts-expect-error a sliding window has no burst
  expectTypeOf(() => new RateLimiter({ limit: 1, interval: 1, burst: 2 })).toBeFunction();
  // @ts-expect-error how many?
  expectTypeOf(() => new Bulkhead({})).toBeFunction();
  // @ts-expect-error where it is made is no option of users
  expectTypeOf(() => new Semaphore(1, { told: null })).toBeFunction();
});

test("timeoutPolicy() may answer what its fallback gives, awaited, and nothing without one", async () => {
  const find: Task<number | undefined> = () => undefined;
  const policy = timeoutPolicy(1_000, { fallback: async () => "cached" });
  expectTypeOf(policy).toEqualTypeOf<Policy<string>>();
  expectTypeOf(await policy.execute(find)).toEqualTypeOf<number | string | undefined>();
  expectTypeOf(timeoutPolicy(1_000, { fallback: () => undefined })).toEqualTypeOf<Policy<undefined>>();
  expectTypeOf(timeoutPolicy(1_000, { fallback: undefined })).toEqualTypeOf<Policy>();
});

test("keyed() gives what make gives, by keys of its parameter's type", () => {
  type Id = `user-${number}`;
  const perUser = keyed((_id: Id) => new Bulkhead({ concurrency: 1 }), {
    maxKeys: undefined,
    idle: undefined,
  });
  expectTypeOf(perUser).toEqualTypeOf<Keyed<Id, Bulkhead>>();
  expectTypeOf(perUser.for("user-1")).toEqualTypeOf<Bulkhead>();
  // @ts-expect-error no such key
  expectTypeOf(() => perUser.for("guest")).toBeFunction();
  // @ts-expect-error a promise says nothing of its use
  expectTypeOf(() => keyed(async () => new Semaphore(1))).toBeFunction();
});
