import type { Readable } from "node:stream";
import { Agent, fetch as undiciFetch, Pool, type Dispatcher } from "undici";
import { expect, onTestFinished } from "vitest";
import { resilience, resilientFetch, type ResilienceOptions } from "yieldpoint/http";

/** A request as every face takes it. */
export interface Asked {
  readonly method?: Dispatcher.HttpMethod;
  readonly headers?: Record<string, string> | Iterable<[string, string]>;
  readonly body?: string | Uint8Array | FormData | ReadableStream | Readable;
  readonly signal?: AbortSignal;
}

/** An answer as every face gives it. */
export interface Reply {
  readonly status: number;
  text(): Promise<string>;
  cancel(): Promise<unknown>;
}

export type Client = (url: string, asked?: Asked) => Promise<Reply>;

type Face = (options: ResilienceOptions, agent: Agent) => Client;

const fetching =
  (fetch: typeof globalThis.fetch, agent: Agent): Client =>
  async (url, asked) => {
    const init = { ...asked, dispatcher: agent, duplex: "half" };
    const response = await fetch(url, init as RequestInit);
    return {
      status: response.status,
      text: () => response.text(),
      cancel: async () => response.body?.cancel(),
    };
  };

const all: Record<string, Face> = {
  "resilientFetch()": (options, agent) => fetching(resilientFetch(options), agent),
  "resilientFetch() with undici's fetch": (options, agent) => {
    const fetch = resilientFetch({ ...options, fetch: undiciFetch });
    return fetching(fetch as unknown as typeof globalThis.fetch, agent);
  },
  "resilience()": (options, agent) => {
    const dispatcher = agent.compose(resilience(options));
    return async (url, { method = "GET", headers, body, signal } = {}) => {
      const { origin, pathname } = new URL(url);
      const { statusCode, body: content } = await dispatcher.request({
        origin,
        path: pathname,
        method,
        headers: headers ?? null,
        body: (body ?? null) as Readable,
        signal: signal ?? null,
      });
      return {
        status: statusCode,
        text: () => content.text(),
        cancel: async () => content.on("error", () => {}).destroy(),
      };
    };
  },
};

/** The names of the faces. */
export const faces = Object.keys(all);

/** A client of that face, with connections of its own; at the end of the test, none of them is busy. */
export function client(face: string, options: ResilienceOptions = {}): Client {
  const agent = idleAgent();
  return (all[face] as Face)({ backoff: 1, ...options }, agent);
}

/** An agent that can be closed at the end of the test: `close` waits for every request and every body. */
export function idleAgent(options: Agent.Options = {}): Agent {
  // An agent that closes forgets them, and could not destroy them any more.
  const pools: Pool[] = [];
  const factory = (origin: string | URL, each: Pool.Options): Dispatcher => {
    const pool = new Pool(origin, each);
    pools.push(pool);
    return pool;
  };
  const agent = new Agent({ ...options, factory });
  onTestFinished(async () => {
    let isBusy = false;
    const patience = setTimeout(() => {
      isBusy = true;
      for (const pool of pools) void pool.destroy();
    }, 2_000);
    await agent.close();
    clearTimeout(patience);
    expect(isBusy, "a connection was left busy").toBe(false);
  });
  return agent;
}
