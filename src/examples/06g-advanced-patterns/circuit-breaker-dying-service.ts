/**
 * While a service is down, the breaker answers in its place and spares it the requests.
 *
 * Clock: real, the requests go to a real HTTP server
 * Patterns: CircuitBreaker, CircuitOpenError, consecutive
 */
import { request } from "undici";
import { CircuitBreaker, CircuitOpenError, consecutive, sleep } from "yieldpoint";
import { serve } from "../serve.ts";
import { say } from "../story.ts";

let healthy = true;
let reached = 0;
const server = await serve((_incoming, response) => {
  reached++;
  response.writeHead(healthy ? 200 : 500).end();
});

async function pay(): Promise<void> {
  const { statusCode, body } = await request(server.url, { method: "POST" });
  await body.dump();
  // To undici a 500 is an answer like any other. The breaker counts what throws.
  if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
}

const breaker = new CircuitBreaker({
  trip: consecutive(3),
  cooldown: 1_000,
  onStateChange: ({ from, to }) => say(`  breaker: ${from} -> ${to}`),
});

/** Makes 20 payments, tells how they went, and gives the time after which the breaker may let one in again. */
async function twentyPayments(): Promise<number> {
  const before = reached;
  let [paid, failed, refused, retryAfter] = [0, 0, 0, 0];
  for (let n = 0; n < 20; n++) {
    try {
      await breaker.execute(pay);
      paid++;
    } catch (error) {
      if (error instanceof CircuitOpenError) {
        refused++;
        retryAfter = error.retryAfter;
      } else failed++;
    }
  }
  say(
    `${reached - before} requests reached the server: ${paid} paid, ${failed} failed, ${refused} refused by the breaker`,
  );
  return retryAfter;
}

say("the service is well");
await twentyPayments();

say("the service dies");
healthy = false;
const retryAfter = await twentyPayments();

// It comes back, but the breaker cannot know before it tries.
say("the service is back, the cooldown goes by");
healthy = true;
await sleep(retryAfter);
await twentyPayments();

await server.close();
