/**
 * p-limit bounds requests as a semaphore does; a caller can also leave a semaphore's line.
 *
 * Clock: real, the requests go to a real HTTP server
 * Patterns: Semaphore, gather
 */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { request } from "undici";
import { gather, Semaphore } from "yieldpoint";
import { serve } from "../serve.ts";
import { say } from "../story.ts";

// The same server as in semaphore-http.
let now = 0;
let most = 0;
let requests = 0;
const server = await serve(async (incoming, response) => {
  requests++;
  most = Math.max(most, ++now);
  await sleep(50);
  now--;
  response.end(`page ${incoming.url?.slice(1)}`);
});

async function fetchPage(n: number): Promise<string> {
  const { body } = await request(`${server.url}/${n}`);
  return body.text();
}
const numbers = Array.from({ length: 30 }, (_, index) => index + 1);

// p-limit gives a function. `limit(task)` is what `semaphore.execute(task)` is.
const limit = pLimit(5);
const pages = await Promise.all(numbers.map((n) => limit(() => fetchPage(n))));
say(`p-limit(5): the server saw ${most} requests at once, ${pages.length} pages are here`);

most = 0;
const semaphore = new Semaphore(5);
await gather(numbers.map((n) => () => semaphore.execute(() => fetchPage(n))));
say(`Semaphore(5): the server saw ${most} requests at once`);

// The difference: five callers hold the permits, and one who waits behind them gives up. It leaves the line
// at once, no request is made for it and no permit is lost. (p-limit can only clear its queue as a whole.)
const holding = numbers.slice(0, 5).map((n) => semaphore.execute(() => fetchPage(n)));
const visitor = new AbortController();
const waiting = semaphore.execute(() => fetchPage(6), { signal: visitor.signal });
visitor.abort(new Error("the visitor left"));
await waiting.catch((error: unknown) => say(`one who waited: ${String(error)}`));
await Promise.all(holding);
say(`the server got ${requests} requests: 30 and 30 and 5`);

await server.close();
