/**
 * A call that fails is made again, each time after twice the wait.
 *
 * Clock: virtual
 * Patterns: retry, backoff
 */
import { backoff, retry } from "yieldpoint";
import { draw, say, service } from "../story.ts";

// A service that is down for its first three calls. A call takes 20 ms.
const orders = service("orders", 20, {
  value: "3 orders",
  error: (call: number) => (call <= 3 ? new Error("503 Service Unavailable") : undefined),
});

// A service that is overloaded needs time, not more calls: so the waits grow, 100 ms, 200 ms, 400 ms.
const result = await retry(orders, {
  // Four calls at most, the first one counts. After the fourth failure there is no wait: retry would reject
  // with its error.
  attempts: 4,
  // Without jitter, so that the waits can be seen. In production leave it at its default: it spreads the
  // waits at random, so that callers that failed together do not come back together.
  backoff: backoff.exponential({ initial: 100, factor: 2, jitter: "none" }),
  onRetry: ({ attempt, error, delay }) => say(`attempt ${attempt}: ${String(error)}, next in ${delay} ms`),
});
say(`attempt ${orders.calls}: ${result}`);

draw();
