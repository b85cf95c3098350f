/**
 * A server that asks for a pause with Retry-After gets it.
 *
 * Clock: real, the requests go to a real HTTP server
 * Patterns: retry, backoff
 */
import { request } from "undici";
import { backoff, retry } from "yieldpoint";
import { serve } from "../serve.ts";
import { say } from "../story.ts";

// It refuses twice. The first time it knows when it will be well again, the second time it does not.
let requests = 0;
const server = await serve((_incoming, response) => {
  requests++;
  if (requests === 1) response.writeHead(503, { "retry-after": "1" }).end();
  else if (requests === 2) response.writeHead(503).end();
  else response.end("3 orders");
});

class HttpError extends Error {
  readonly retryAfter: string | undefined;

  constructor(status: number, retryAfter: string | undefined) {
    super(`HTTP ${status}`);
    this.retryAfter = retryAfter;
  }
}

async function fetchOrders(): Promise<string> {
  const { statusCode, headers, body } = await request(server.url);
  // To undici a 503 is an answer like any other. retry repeats what throws.
  if (statusCode !== 200) {
    // A body that is not read keeps its connection busy.
    await body.dump();
    throw new HttpError(statusCode, headers["retry-after"]?.toString());
  }
  return body.text();
}

/** The pause in milliseconds. The header gives seconds or, less often, a date. */
function pause(header: string): number {
  const ms = Number(header) * 1_000;
  return Number.isNaN(ms) ? Math.max(0, Date.parse(header) - Date.now()) : ms;
}

const orders = await retry(fetchOrders, {
  // What the server asks for goes before our own backoff, which is for the failures that ask for nothing.
  retryAfter: (error) =>
    error instanceof HttpError && error.retryAfter !== undefined ? pause(error.retryAfter) : undefined,
  backoff: backoff.constant(50),
  onRetry: ({ attempt, error, delay }) => say(`attempt ${attempt}: ${String(error)}, next in ${delay} ms`),
});
say(`attempt ${requests}: ${orders}`);

await server.close();
