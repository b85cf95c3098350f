import {
  Bulkhead,
  chaos,
  CircuitBreaker,
  compose,
  fallbackPolicy,
  hedgePolicy,
  keyed,
  Mutex,
  RateLimiter,
  retryPolicy,
  Semaphore,
  timeoutPolicy,
  type Answer,
  type Policy,
  type Task,
} from "yieldpoint";
import { expect, expectTypeOf, test } from "vitest";

// Checked by the compiler; what runs is only there to be typed.

const task: Task<number> = () => 1;

test("a composed policy may answer whatever one of its policies may", async () => {
  const stored = fallbackPolicy(() => "stored");
  const cached = timeoutPolicy(1_000, { fallback: async () => null });
  expectTypeOf(compose(stored, cached)).toEqualTypeOf<Policy<string | null>>();
  expectTypeOf(await compose(stored, new Semaphore(1), cached).execute(task)).toEqualTypeOf<
    number | string | null
  >();
  expectTypeOf(compose(compose(stored), new Bulkhead({ concurrency: 1 }))).toEqualTypeOf<Policy<string>>();
  expectTypeOf(compose(chaos({ resultRate: 1, result: "injected" as string }))).toEqualTypeOf<
    Policy<string>
  >();
});

test("a composed policy may answer what is known of no type", async () => {
  const unknown = compose(
    fallbackPolicy((): unknown => "stored"),
    new CircuitBreaker(),
  );
  expectTypeOf(unknown).toEqualTypeOf<Policy<unknown>>();
  expectTypeOf(await unknown.execute(task)).toEqualTypeOf<unknown>();
  const parsed = compose(
    new Mutex(),
    fallbackPolicy(() => JSON.parse("1")),
  );
  expectTypeOf(await parsed.execute(task)).toBeAny();
});

test("a composed policy of those that answer nothing gives what the task gives", async () => {
  const limiter = new RateLimiter({ limit: 1, interval: 1 });
  const policy = compose(
    retryPolicy(),
    hedgePolicy({ delay: 1 }),
    new CircuitBreaker(),
    timeoutPolicy(1_000),
    limiter,
    new Mutex(),
    keyed(() => new Semaphore(2)).for("a"),
    chaos(),
  );
  expectTypeOf(policy).toEqualTypeOf<Policy>();
  expectTypeOf(await policy.execute(task)).toEqualTypeOf<number>();
  expectTypeOf(compose()).toEqualTypeOf<Policy>();
});

test("a policy that may answer is none that may not", () => {
  // @ts-expect-error it may answer a string
  const policy: Policy = fallbackPolicy(() => "stored");
  const wide: Policy<string | undefined> = fallbackPolicy(() => "stored");
  expect([policy, wide]).toHaveLength(2);
  expectTypeOf<Answer<typeof wide>>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Answer<Semaphore>>().toEqualTypeOf<never>();
});

test("a class of one's own is a policy", async () => {
  class Quiet implements Policy<undefined> {
    async execute<T>(each: Task<T>): Promise<T | undefined> {
      return new Semaphore(1).execute(each);
    }
  }
  const quiet: Policy<undefined> = new Quiet();
  expectTypeOf(await compose(quiet).execute(task)).toEqualTypeOf<number | undefined>();
  // @ts-expect-error a function is no policy
  expect(() => compose(task)).toThrow(TypeError);
});
