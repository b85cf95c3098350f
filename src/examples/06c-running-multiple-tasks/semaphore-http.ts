/**
 * A semaphore keeps thirty requests from reaching a server at once.
 *
 * Clock: real, the requests go to a real HTTP server
 * Patterns: Semaphore, gather
 */
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { gather, Semaphore } from "yieldpoint";
import { serve } from "../serve.ts";
import { say } from "../story.ts";

// The server takes 50 ms for a page, and counts how many requests it has to deal with at a time.
let now = 0;
let most = 0;
const server = await serve(async (incoming, response) => {
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

// Without a limit they all go out together. How many of them meet at the server is left to chance.
await gather(numbers.map((n) => () => fetchPage(n)));
say(`without a limit, the server saw ${most > 5 ? "more than 5" : most} requests at once`);

// The permit is held until the body has been read, not only until the first byte came: `execute` waits for
// all of fetchPage.
most = 0;
const semaphore = new Semaphore(5);
const pages = await gather(numbers.map((n) => () => semaphore.execute(() => fetchPage(n))));
say(`with 5 permits, the server saw ${most} requests at once`);
say(`${pages.length} pages are here, from ${pages.at(0)} to ${pages.at(-1)}`);

// For one list, gather(tasks, { concurrency: 5 }) does the same. A semaphore can be shared: by all the
// callers of a service, wherever in the program they are.
await server.close();
