import { Agent, fetch as undiciFetch, type Dispatcher } from "undici";
import { expectTypeOf, test } from "vitest";
import { Bulkhead, compose, retryPolicy, timeoutPolicy } from "yieldpoint";
import { resilience, resilientFetch, type Interceptor } from "yieldpoint/http";

test("resilientFetch() gives what fetch is", () => {
  expectTypeOf(resilientFetch()).toEqualTypeOf<typeof fetch>();
  expectTypeOf(resilientFetch({ attempts: 2, fetch })).toEqualTypeOf<typeof fetch>();
  expectTypeOf(resilientFetch({ fetch: async () => new Response() })).toEqualTypeOf<typeof fetch>();
});

test("resilientFetch() gives what another fetch is", () => {
  expectTypeOf(resilientFetch({ fetch: undiciFetch })).toEqualTypeOf<typeof undiciFetch>();
});

test("resilience() is what compose takes", () => {
  expectTypeOf(resilience()).toEqualTypeOf<Interceptor>();
  expectTypeOf(resilience()).toExtend<Dispatcher.DispatcherComposeInterceptor>();
  expectTypeOf(new Agent().compose(resilience())).toExtend<Dispatcher>();
});

test("both take policies that answer with nothing of their own, and options for each origin", () => {
  const policy = compose(retryPolicy(), new Bulkhead({ concurrency: 1 }));
  const options = { policy, bulkhead: (origin: string) => ({ concurrency: origin.length }), breaker: {} };
  expectTypeOf(resilientFetch).toBeCallableWith({ ...options, policy: () => policy });
  expectTypeOf(resilience).toBeCallableWith(options);
  // @ts-expect-error A fallback is no response.
  resilientFetch({ policy: timeoutPolicy(1, { fallback: () => "late" }) });
  // @ts-expect-error A fallback is no response.
  resilience({ policy: timeoutPolicy(1, { fallback: () => "late" }) });
  // @ts-expect-error It is no option.
  resilience({ fetch });
});
