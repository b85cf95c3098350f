import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { CircuitBreaker, CircuitOpenError, consecutive } from "yieldpoint";
import { observe } from "yieldpoint/testing";
import { complaints, flush, rejection } from "../../support/waiting.ts";
import { call } from "../../support/breaker.ts";

describe("CircuitBreaker: a refusal", () => {
  async function open(): Promise<CircuitBreaker> {
    const breaker = new CircuitBreaker({ trip: consecutive(1) });
    await call(breaker, "fail");
    return breaker;
  }

  test("keeps the stack of whoever called", async () => {
    const breaker = await open();
    const askTheService = (): Promise<number> => breaker.execute(() => 1);
    const { stack } = (await rejection(askTheService())) as CircuitOpenError;
    const [header, first, second] = stack?.split("\n") ?? [];
    expect(header).toBe("CircuitOpenError: the circuit is open, the call was not made");
    expect(first).toContain("CircuitBreaker.execute");
    expect(second).toContain("askTheService");
  });

  test("is an error of its own for each call", async () => {
    const breaker = await open();
    expect(await rejection(breaker.execute(() => 1))).not.toBe(await rejection(breaker.execute(() => 1)));
  });

  test("that somebody handles is not reported, one that nobody handles is", async () => {
    const breaker = await open();
    const handled = await complaints(() => rejection(breaker.execute(() => 1)));
    expect(handled).toEqual([]);
    const floating = await complaints(() => void breaker.execute(() => 1));
    expect(floating).toEqual([expect.any(CircuitOpenError)]);
  });

  test("comes within microtasks, in the caller's AsyncLocalStorage context", async () => {
    const breaker = await open();
    const user = new AsyncLocalStorage<string>();
    const refused = user.run("Ada", () => breaker.execute(() => 1).catch(() => user.getStore()));
    const seen = observe(refused);
    for (let turn = 0; turn < 6; turn++) await Promise.resolve();
    expect(seen).toMatchObject({ status: "fulfilled", value: "Ada" });
  });
});

test("CircuitBreaker: a task that throws at once changes nothing in its caller's stack", async () => {
  const told: unknown[] = [];
  const breaker = new CircuitBreaker({ trip: consecutive(1), onStateChange: (change) => told.push(change) });
  const running = breaker.execute(() => {
    throw new Error("down");
  });
  expect([breaker.state, told]).toEqual(["closed", []]);
  await rejection(running);
  expect([breaker.state, told]).toEqual(["open", [{ from: "closed", to: "open" }]]);
});

test("CircuitBreaker: the end of a call is counted before its caller hears of it", async () => {
  const breaker = new CircuitBreaker({ trip: consecutive(1) });
  await breaker.execute(() => 1);
  expect(breaker.stats().successes).toBe(1);
  const state = await breaker.execute(() => Promise.reject(new Error("down"))).catch(() => breaker.state);
  expect(state).toBe("open");
});

test("CircuitBreaker: a failure that nobody handles is reported once", async () => {
  const error = new Error("down");
  const found = await complaints(async () => {
    void new CircuitBreaker().execute(() => Promise.reject(error));
    await flush();
  });
  expect(found).toEqual([error]);
});
