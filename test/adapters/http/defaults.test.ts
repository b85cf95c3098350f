import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { compose, RateLimiter, Semaphore, TimeoutError, type Policy } from "yieldpoint";
import { deferred, rejection } from "../../support/waiting.ts";
import { faked } from "./support/faked.ts";

const url = "http://a.example";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("resilientFetch() without being told otherwise", () => {
  test("sends four times", async () => {
    let calls = 0;
    const asked = faked(async () => new Response(null, { status: 503, headers: { n: String(++calls) } }))(
      url,
    );
    await vi.runAllTimersAsync();
    expect((await asked).headers.get("n")).toBe("4");
    expect(calls).toBe(4);
  });

  test("waits with exponential backoff", async () => {
    const random = vi.spyOn(Math, "random").mockReturnValue(0.5);
    const times: number[] = [];
    const asked = faked(
      async () => {
        times.push(performance.now());
        return new Response(null, { status: 503 });
      },
      { backoff: undefined },
    )(url);
    await vi.runAllTimersAsync();
    await asked;
    random.mockRestore();
    expect(times.map((time) => time - (times[0] ?? 0))).toStrictEqual([0, 50, 150, 350]);
  });

  test("gives an attempt 30 seconds for its headers", async () => {
    const ended = vi.fn<(error: unknown) => void>();
    void rejection(faked(() => new Promise(() => {}), { attempts: 1 })(url)).then(ended);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended.mock.calls).toMatchObject([[{ code: "ERR_TIMEOUT", ms: 30_000 }]]);
    expect(ended.mock.calls[0]?.[0]).toBeInstanceOf(TimeoutError);
  });

  test("gives the body any time, and keeps no timer for it", async () => {
    const response = await faked(async () => new Response(new ReadableStream()))(url);
    expect(vi.getTimerCount()).toBe(0);
    await response.body?.cancel();
  });

  test("keeps no timer once the body is over", async () => {
    const response = await faked(async () => new Response("body"), { bodyTimeout: 60_000 })(url);
    expect(vi.getTimerCount()).toBe(1);
    await response.text();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("waits a minute where Retry-After asks for it", async () => {
    const answers = [
      new Response(null, { status: 429, headers: { "retry-after": "60" } }),
      new Response("fine"),
    ];
    const asked = faked(async () => answers.shift() as Response)(url);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(answers).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await (await asked).text()).toBe("fine");
  });

  test("forgets an origin that nobody has called for five minutes", async () => {
    const made: string[] = [];
    const fetch = faked(async () => new Response(null), {
      bulkhead: (origin) => (made.push(`bulkhead of ${origin}`), { concurrency: 1 }),
      breaker: (origin) => (made.push(`breaker of ${origin}`), {}),
      policy: (origin) => (made.push(`policy of ${origin}`), compose()),
    });
    await fetch(url);
    await vi.advanceTimersByTimeAsync(299_000);
    await fetch(url);
    await vi.advanceTimersByTimeAsync(299_000);
    const all = [`policy of ${url}`, `bulkhead of ${url}`, `breaker of ${url}`];
    expect(made).toStrictEqual(all);
    await vi.advanceTimersByTimeAsync(2_000);
    await fetch(url);
    expect(made).toStrictEqual([...all, ...all]);
  });

  test("forgets no policy that is in use by its own account", async () => {
    let made = 0;
    const semaphore = new Semaphore(1);
    const stopped = new Semaphore(1);
    const policies = [new RateLimiter({ limit: 2, interval: 3_600_000 }), semaphore, stopped];
    const fetch = faked(async () => new Response(null), { policy: () => policies[made++] as Policy });
    for (const host of ["limited", "held", "paused"]) await fetch(`http://${host}.example`);
    const permit = await semaphore.acquire();
    stopped.pause();
    await vi.advanceTimersByTimeAsync(600_000);
    stopped.resume();
    permit.release();
    for (const host of ["limited", "held", "paused"]) await fetch(`http://${host}.example`);
    expect(made).toBe(3);
  });

  test("forgets no policy that runs, and one without stats after that", async () => {
    let made = 0;
    const gate = deferred();
    const fetch = faked(() => gate.promise.then(() => new Response(null)), {
      timeout: Infinity,
      // Of these stats nobody knows anything.
      policy: () => Object.assign(compose(), { stats: ++made }),
    });
    const first = fetch(url);
    await vi.advanceTimersByTimeAsync(600_000);
    const second = fetch(url);
    gate.resolve();
    await Promise.all([first, second]);
    expect(made).toBe(1);
    await vi.advanceTimersByTimeAsync(600_000);
    await fetch(url);
    expect(made).toBe(2);
  });
});

describe("resilientFetch() and what its fetch does", () => {
  test("rejects with what it throws, be it undefined, and be it at once", async () => {
    for (const reason of [undefined, 0, new Error("broken")]) {
      expect(await rejection(faked(() => Promise.reject(reason))(url))).toBe(reason);
      const throwing = (): never => {
        throw reason;
      };
      expect(await rejection(faked(throwing)(url))).toBe(reason);
    }
  });

  test("takes an answer that is no promise", async () => {
    const response = await faked(() => new Response("plain") as never)(url);
    expect(await response.text()).toBe("plain");
  });

  test("calls it in the caller's context, at each attempt and after a wait for a slot", async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const answer = async (): Promise<Response> => {
      seen.push(context.getStore());
      return new Response(null, { status: seen.length % 2 ? 503 : 200 });
    };
    const fetch = faked(answer, { bulkhead: { concurrency: 1, maxQueue: 1 }, breaker: {} });
    const both = [context.run("first", () => fetch(url)), context.run("second", () => fetch(url))];
    await vi.runAllTimersAsync();
    await Promise.all(both);
    expect(new Set(seen)).toStrictEqual(new Set(["first", "second"]));
    expect(seen).toHaveLength(4);
  });
});
