import { describe, expect, test } from "vitest";
import { CircuitOpenError, QueueFullError, TimeoutError } from "yieldpoint";
import { resilience, resilientFetch } from "yieldpoint/http";
import { isNetworkError } from "../../../src/adapters/http/network-error.ts";
import { rejection } from "../../support/waiting.ts";

describe.each(Object.entries({ resilientFetch, resilience }))("%s() refuses", (name, make) => {
  const cases: [options: Record<string, unknown>, error: ErrorConstructor, message: string][] = [
    [{ timeout: -1 }, RangeError, `${name}: timeout must be a number >= 0, got -1`],
    [{ timeout: Number.NaN }, RangeError, `${name}: timeout must be a number >= 0, got NaN`],
    [{ timeout: "5" }, TypeError, `${name}: timeout must be a number >= 0, got "5"`],
    [{ bodyTimeout: null }, TypeError, `${name}: bodyTimeout must be a number >= 0, got null`],
    [{ maxRetryAfter: -1 }, RangeError, `${name}: maxRetryAfter must be a number >= 0, got -1`],
    [{ methods: "GET" }, TypeError, `${name}: methods must be an array of strings, got "GET"`],
    [{ methods: ["GET", 1] }, TypeError, `${name}: methods must be an array of strings, got Array`],
    [{ statuses: ["503"] }, TypeError, `${name}: statuses must be an array of numbers, got Array`],
    [{ attempts: 0 }, RangeError, "retry: attempts must be an integer >= 1 or Infinity, got 0"],
    [{ backoff: -1 }, RangeError, "retry: backoff must be a number >= 0, got -1"],
    [{ budget: {} }, TypeError, "retry: budget must be a RetryBudget, got Object"],
    [{ breaker: { cooldown: -1 } }, RangeError, "CircuitBreaker: cooldown must be a number >= 0, got -1"],
    [{ breaker: "on" }, TypeError, `${name}: breaker must be options or a function, got "on"`],
    [{ bulkhead: {} }, TypeError, "Bulkhead: concurrency must be an integer >= 1 or Infinity, got undefined"],
    [{ bulkhead: false }, TypeError, `${name}: bulkhead must be options or a function, got false`],
    [{ policy: {} }, TypeError, "compose: policy 1 must be a Policy, got Object"],
  ];

  test.for(cases)("%o", ([options, error, message]) => {
    expect(() => make(options as never)).toThrow(new error(message));
    expect(() => make(options as never)).toThrow(error);
  });
});

describe("resilientFetch() refuses", () => {
  test("a fetch that is no function", () => {
    const make = (): unknown => resilientFetch({ fetch: "fetch" as never });
    expect(make).toThrow(new TypeError(`resilientFetch: fetch must be a function, got "fetch"`));
  });

  test("what is no URL, and sends nothing", async () => {
    let calls = 0;
    const fetch = resilientFetch({ fetch: async () => new Response(String(calls++)) });
    expect(await rejection(fetch("no url"))).toMatchObject({ name: "TypeError", code: "ERR_INVALID_URL" });
    expect(calls).toBe(0);
  });

  test("options that are bad for one origin, when it is called", async () => {
    const fetch = resilientFetch({ bulkhead: () => ({ concurrency: 0 }), fetch: async () => new Response() });
    expect(await rejection(fetch("http://a.example"))).toMatchObject({
      message: "Bulkhead: concurrency must be an integer >= 1 or Infinity, got 0",
    });
  });
});

describe("isNetworkError()", () => {
  const failed = (cause: unknown): Error => new TypeError("fetch failed", { cause });
  const coded = (code: string): Error => Object.assign(new Error(code), { code });

  test.for([
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "EPIPE",
    "ETIMEDOUT",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "UND_ERR_SOCKET",
    "UND_ERR_CONNECT_TIMEOUT",
    "UND_ERR_HEADERS_TIMEOUT",
    "HPE_INVALID_CONSTANT",
  ])("is %s, by itself and as a cause", (code) => {
    expect([isNetworkError(coded(code)), isNetworkError(failed(coded(code)))]).toStrictEqual([true, true]);
  });

  test.for([
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "ERR_INVALID_URL",
    "ERR_TIMEOUT_LIKE",
    "UND_ERR_INVALID_ARG",
    "UND_ERR_CLOSED",
    "NOT_ECONNRESET",
  ])("is not %s", (code) => {
    expect([isNetworkError(coded(code)), isNetworkError(failed(coded(code)))]).toStrictEqual([false, false]);
  });

  test.for([
    "Failed to fetch",
    "Load failed",
    "NetworkError when attempting to fetch resource.",
    "fetch failed",
  ])("is a browser's TypeError: %s", (message) => {
    expect(isNetworkError(new TypeError(message))).toBe(true);
    expect(isNetworkError(new Error(message))).toBe(false);
  });

  test("is a deadline, and no refusal", () => {
    expect(isNetworkError(new TimeoutError(5))).toBe(true);
    expect(isNetworkError(new QueueFullError("full"))).toBe(false);
    expect(isNetworkError(new CircuitOpenError("open", 5))).toBe(false);
  });

  test("is no programming error, no abort, and nothing that is no error", async () => {
    const withBody = { method: ["GET"].join(""), body: "none is allowed" };
    expect(isNetworkError(await rejection(fetch("http://a.example", withBody)))).toBe(false);
    expect(isNetworkError(await rejection(fetch("http://a.example", { headers: { "x y": "" } })))).toBe(
      false,
    );
    expect(isNetworkError(await rejection(fetch("nowhere://a.example")))).toBe(false);
    expect(isNetworkError(new TypeError("x is not a function"))).toBe(false);
    expect(isNetworkError(AbortSignal.abort().reason)).toBe(false);
    for (const other of [undefined, null, 0, "ECONNRESET", {}]) expect(isNetworkError(other)).toBe(false);
  });
});
