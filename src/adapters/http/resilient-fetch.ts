import { checkFunction } from "../../patterns/core/check.ts";
import { FetchAnswer } from "./fetch-answer.ts";
import type { ResilienceOptions } from "./options.ts";
import { pairsOf } from "./replayable.ts";
import { runner } from "./runner.ts";

/** Any function with the signature of fetch: the platform's, undici's, one of your own. */
export type AnyFetch = (input: never, init?: never) => Promise<object>;

/** What `resilientFetch` does, and with which fetch. */
export interface ResilientFetchOptions<F extends AnyFetch = typeof fetch> extends ResilienceOptions {
  /** What sends. Default: the global `fetch`, as it is when it is needed. */
  readonly fetch?: F | undefined;
}

/**
 * Makes a `fetch` that repeats what is safe to repeat, within limits for each origin.
 *
 * It is called as fetch is, gives what fetch gives, and an answer with any status is a result. From outermost to innermost, a request passes
 * through the repetition, a `policy` of your own, the origin's bulkhead, its breaker and the timeout of one attempt.
 *
 * Repeated are network errors, timeouts and the `statuses` (408, 429, 502, 503, 504), of requests that are safe to repeat: an idempotent
 * method or an Idempotency-Key header, and no body or one in memory. A stream is sent once, and so is the body of a Request object, which
 * may be one: give it in `init` to have it repeated. Refusals of the breaker or the bulkhead are not repeated. When there is no further
 * attempt, the last answer is the result.
 *
 * The wait is what Retry-After asks for, in seconds or as a date; one that is negative or cannot be read is ignored, and where it is longer than
 * `maxRetryAfter` the answer is given at once. The body of an answer that is not given is cancelled before the wait.
 *
 * `timeout` ends with the headers, `bodyTimeout` with the body: a body that is slow or has no end then fails with a TimeoutError. The
 * caller's `signal` ends waits, attempts and the body; `AbortSignal.timeout(ms)` is a deadline for all of it. A slot of the bulkhead is held
 * until the body was read, cancelled, or has failed: read or cancel every body. Redirects are followed within an attempt, and count for
 * the origin that was asked.
 *
 * @param options `attempts`: default 4; `backoff`: milliseconds or a function, default exponential; `budget`: default none; `methods` and
 * `statuses`: what may be repeated; `maxRetryAfter`: milliseconds, default 60,000; `timeout`: milliseconds until the headers, of each attempt, default
 * 30,000; `bodyTimeout`: milliseconds, default Infinity; `breaker`, `bulkhead`: one for each origin, default none; `policy`: around each attempt,
 * default none; `fetch`: what sends
 * @returns a fetch. It rejects as fetch does, with `signal.reason` when aborted, and with TimeoutError, CircuitOpenError or QueueFullError
 * @throws TypeError or RangeError for bad options
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createServer } from "node:http";
 * import type { AddressInfo } from "node:net";
 * import { resilientFetch } from "yieldpoint/http";
 *
 * let calls = 0;
 * const server = createServer((_, response) => {
 *   if (++calls < 3) response.writeHead(503, { "retry-after": "0" }).end("busy");
 *   else response.end("at last");
 * });
 * await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
 *
 * const fetch = resilientFetch({ attempts: 4, timeout: 5_000, breaker: {}, bulkhead: { concurrency: 10 } });
 * const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
 * assert.equal(await response.text(), "at last");
 * assert.equal(calls, 3);
 *
 * server.closeAllConnections();
 * server.close();
 * ```
 */
export function resilientFetch(options?: ResilientFetchOptions): typeof fetch;
export function resilientFetch<F extends AnyFetch>(options: ResilientFetchOptions<F>): F;
export function resilientFetch(options: ResilientFetchOptions<AnyFetch> = {}): typeof fetch {
  const { fetch: given } = options;
  if (given !== undefined) checkFunction("resilientFetch: fetch", given);
  const run = runner("resilientFetch", options);
  const fetchAgain: typeof fetch = async (...call) => {
    const send = (given as typeof fetch | undefined) ?? globalThis.fetch;
    const [input, asked] = merged(...call);
    // Told by its field, not its class: undici's Request is another one than the platform's.
    const request = typeof input === "object" && "url" in input ? input : undefined;
    const pairs = pairsOf(asked?.headers);
    const init = pairs ? { ...asked, headers: pairs as [string, string][] } : asked;
    const url = new URL(request?.url ?? (input as string | URL), globalThis.location?.href);
    const answer = await run({
      origin: url.origin,
      method: init?.method ?? request?.method ?? "GET",
      body: init?.body ?? request?.body,
      // In `init`, null means none.
      signal: (init?.signal === undefined ? request?.signal : init.signal) ?? undefined,
      hasKey: () => new Headers(init?.headers ?? request?.headers).has("idempotency-key"),
      send: async ({ signal }) => new FetchAnswer(await send(input, { ...init, signal })),
    });
    return answer.take();
  };
  return fetchAgain;
}

/** What is a Request in `init`'s place has its fields in its class, where no copy finds them: the two become one Request. */
function merged(...call: Parameters<typeof fetch>): Parameters<typeof fetch> {
  const [input, init] = call;
  if (!init || !("url" in init)) return call;
  const Kind = init.constructor as typeof Request;
  return [new Kind(input, init)];
}
