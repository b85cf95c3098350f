import type { Dispatcher } from "undici";
import { Attempt } from "./attempt.ts";
import type { ResilienceOptions } from "./options.ts";
import { Relay } from "./relay.ts";
import { pairsOf } from "./replayable.ts";
import { runner } from "./runner.ts";

/** What undici's `Dispatcher.compose` takes. */
export type Interceptor = <D extends (options: never, handler: never) => boolean>(dispatch: D) => D;

type Dispatch = (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => boolean;

/**
 * Makes an interceptor for undici's `Dispatcher.compose` that does what `resilientFetch` does, for every request of a dispatcher.
 *
 * What is decided about an answer is decided when its headers have come: until then it is held back, paused, and one that is not
 * given is aborted with its connection before the wait. An answer of which something was given is never repeated; where its body fails,
 * the caller gets the error. A request body is repeated only if it is in memory (a string, bytes, a Blob, a form): no stream and no iterator.
 * Upgrades and CONNECT pass untouched.
 *
 * `timeout` covers also the wait for a connection. A slot of the bulkhead is held until the answer is over, so read or `dump()` every body.
 *
 * @param options as for `resilientFetch`, without `fetch`
 * @returns the interceptor, for undici 7 or later. Requests fail as before, and with TimeoutError, CircuitOpenError or QueueFullError
 * @throws TypeError or RangeError for bad options
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createServer } from "node:http";
 * import type { AddressInfo } from "node:net";
 * import { Agent } from "undici";
 * import { resilience } from "yieldpoint/http";
 *
 * let calls = 0;
 * const server = createServer((request, response) => {
 *   if (++calls < 3) request.destroy();
 *   else response.end("at last");
 * });
 * await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
 *
 * const agent = new Agent().compose(resilience({ backoff: 1, timeout: 5_000, breaker: {} }));
 * const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
 * const { body } = await agent.request({ origin, path: "/", method: "GET" });
 * assert.equal(await body.text(), "at last");
 * assert.equal(calls, 3);
 *
 * await agent.close();
 * server.close();
 * ```
 */
export function resilience(options: ResilienceOptions = {}): Interceptor {
  const run = runner("resilience", options);
  const intercept = (dispatch: Dispatch): Dispatch => {
    // A Client or a Pool has an origin of its own, and undici 7 does not tell it.
    const own = Symbol("origin");
    return (request, handler) => {
      if (request.upgrade || request.method === "CONNECT") return dispatch(request, handler);
      const relay = new Relay(handler);
      // At once, so that the caller can abort while it waits for its turn.
      handler.onRequestStart?.(relay, relay.context);
      let isFree = true;
      // What its headers throw as they are read is for the handler, as what its dispatcher throws.
      const ask = async (): Promise<Attempt> => {
        const again = replayable(request);
        return run({
          origin: request.origin ? new URL(request.origin).origin : own,
          method: request.method,
          body: request.body,
          signal: relay.signal,
          hasKey: () => hasKey(again.headers),
          send: ({ signal }) => {
            const attempt = new Attempt(relay, signal);
            isFree = dispatch(again, attempt);
            return attempt.started;
          },
        });
      };
      void ask().then(
        (attempt) => attempt.pass(),
        (error: Error) => handler.onResponseError?.(relay, error),
      );
      return isFree;
    };
  };
  return intercept as Interceptor;
}

/** The request with headers that every attempt can read. */
function replayable(request: Dispatcher.DispatchOptions): Dispatcher.DispatchOptions {
  const pairs = pairsOf(request.headers) as [string, string][] | undefined;
  // No array: there undici expects names and values in turn. So it is undici that judges the pairs, as before.
  return pairs ? { ...request, headers: { [Symbol.iterator]: () => pairs.values() } } : request;
}

/** Undici takes headers as a list of names and values in turn, as an iterable of pairs, and as an object. */
function hasKey(headers: Dispatcher.DispatchOptions["headers"]): boolean {
  const isKey = (name: unknown): boolean => String(name).toLowerCase() === "idempotency-key";
  if (Array.isArray(headers)) return headers.some((name, index) => index % 2 === 0 && isKey(name));
  const pairs = headers && Symbol.iterator in headers ? [...headers] : Object.entries(headers ?? {});
  return pairs.some(([name, value]) => isKey(name) && value !== undefined);
}
